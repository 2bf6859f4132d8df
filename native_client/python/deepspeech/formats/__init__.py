"""Readers and writers of model files, field by field; all that is not called _so is public, and the trainer uses it, too.

    protobuf        the encoding of TensorFlow's and ONNX' files         nodes           what readers give: operations of a graph
    frozen_graph    TensorFlow's graphs                                  memory_mapped   those, with weights beside them (.pbmm)
    graph_files     either of the two                                    tflite          TensorFlow Lite
    flatbuffer, flexbuffer   the encodings of TensorFlow Lite's files

Of the rest of this package, readers know its errors only.
"""
