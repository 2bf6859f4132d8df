"""The numbers of TensorFlow Lite's file format, for its reader here and its writer in the trainer.

Source: `lite/schema/schema.fbs` of TensorFlow, version 3.

Short because it is a table for two modules.
"""

FILE_IDENTIFIER = b'TFL3'  # after the first four bytes of a file
SCHEMA_VERSION = 3
FLOAT32, INT32, UINT8, INT64, STRING, BOOL, INT8 = 0, 2, 3, 4, 5, 6, 9  # TensorType
NO_ACTIVATION, RELU, RELU6 = 0, 1, 3  # ActivationFunctionType
# The `metadata_version` of files that hear wrongly unless they are told where a recording ends, by `input_lengths`. Clients
# of TensorFlow Lite that do not tell it refuse every version below their own, whichever that is.
VERSION_WITH_LENGTHS = 0
# BuiltinOperator, as far as models for clients have them.
OPERATORS = {
    'ADD': 0, 'CONCATENATION': 2, 'FULLY_CONNECTED': 9, 'LOGISTIC': 14, 'MUL': 18, 'RELU': 19, 'RELU6': 21, 'RESHAPE': 22,
    'SOFTMAX': 25, 'TANH': 28, 'TRANSPOSE': 39, 'MEAN': 40, 'SUB': 41, 'SQUEEZE': 43, 'STRIDED_SLICE': 45, 'SPLIT': 49,
    'MAXIMUM': 55, 'MINIMUM': 57, 'EXPAND_DIMS': 70, 'LOG': 73, 'RSQRT': 76, 'PACK': 83, 'UNPACK': 88,
    'SQUARED_DIFFERENCE': 99, 'CAST': 53, 'REVERSE_SEQUENCE': 112, 'GATHER': 36, 'LESS': 58, 'WHILE': 119,
}
CUSTOM = 32  # the code of operators that have a name instead
# BuiltinOptions: the type of the table that holds the options of an operator. Runtimes demand it even if the table is empty.
OPTION_TABLES = {
    'ADD': 11, 'CONCATENATION': 10, 'FULLY_CONNECTED': 8, 'MUL': 21, 'RESHAPE': 17, 'SOFTMAX': 9, 'TRANSPOSE': 26, 'MEAN': 27,
    'SUB': 28, 'SQUEEZE': 30, 'STRIDED_SLICE': 32, 'SPLIT': 35, 'MAXIMUM': 39, 'MINIMUM': 39, 'EXPAND_DIMS': 52, 'PACK': 59,
    'UNPACK': 64, 'SQUARED_DIFFERENCE': 76, 'CAST': 37, 'REVERSE_SEQUENCE': 87, 'GATHER': 23, 'LESS': 41, 'WHILE': 93,
}
