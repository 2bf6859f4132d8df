"""Model files, read and written. Public: the trainer exports with these modules, the client loads models with them.

    protobuf          the encoding of TensorFlow's and ONNX' files
    graph_def         a serialised GraphDef
    memory_mapped     one whose large constants are beside it (.pbmm)
    frozen_graph      either of the two
    flatbuffer, flexbuffer   the encodings of TensorFlow Lite's files
    tflite, tflite_operators, tflite_schema   these files
    nodes             what readers return: the operations of a graph

They use nothing else of the client but its errors.
"""
