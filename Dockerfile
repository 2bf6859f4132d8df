# An image that trains, installed by bin/setup.sh. Made from Dockerfile.train.tmpl: Dockerfile.train by "make Dockerfile.train", and
# Dockerfile, which has the libraries for NVIDIA GPUs, by "make Dockerfile".
#   docker build -f Dockerfile.train -t deepspeech-train .
#   docker run -it -v "$PWD/data:/data" deepspeech-train python DeepSpeech.py --train_files /data/train.csv ...
# For NVIDIA GPUs build Dockerfile, or add --build-arg GPU=yes, and add --gpus all to the second; CUDA comes with TensorFlow.

# A point release, so that a build next month finds the same compiler and Python (3.11).
ARG BASE_IMAGE=debian:12.12-slim
FROM ${BASE_IMAGE}
ARG GPU=yes
ENV LANG=C.UTF-8
WORKDIR /DeepSpeech
COPY . .
RUN GPU=${GPU} PIP_NO_CACHE_DIR=1 bash bin/setup.sh ffmpeg && rm -rf /var/lib/apt/lists/*
ENV PATH=/DeepSpeech/.venv/bin:${PATH}
CMD ["bash"]
