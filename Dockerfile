# One image for the indexer and the service. docs/docker.md says how to build and run it.
ARG BASE=python:3.11-slim-bookworm


FROM ${BASE} AS build

# pip reads these by itself. Linux gets a torch built for CUDA from PyPI, several gigabytes of it, so name the index
# of CPU builds that PyTorch's "Get started" page gives, or a folder that holds such a wheel:
#   docker build --build-arg PIP_EXTRA_INDEX_URL=... -t dateline .
ARG PIP_INDEX_URL
ARG PIP_EXTRA_INDEX_URL
ARG PIP_FIND_LINKS
ARG PIP_NO_CACHE_DIR=1
ARG PIP_CONSTRAINT=constraints.txt
ARG PIP_BUILD_CONSTRAINT=constraints.txt

WORKDIR /src
ENV PATH=/opt/dateline/bin:$PATH
COPY pyproject.toml constraints.txt ./
RUN python3 -m venv /opt/dateline && pip install --quiet pip

# torch alone first: a CUDA build is refused before the libraries that it wants are fetched.
RUN pip install --no-compile --no-deps torch
RUN grep -q '^cuda.*= None$' /opt/dateline/lib/python3*/site-packages/torch/version.py || { \
        echo "This torch is built for CUDA; give --build-arg PIP_EXTRA_INDEX_URL=<PyTorch's index of CPU builds>." >&2; \
        exit 1; }

# The dependencies apart from the code, so that a change of the code does not fetch them again.
RUN python3 -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
        > requirements.txt \
    && pip install --no-compile --requirement requirements.txt

COPY . .
RUN pip install --no-compile --no-deps .

# What only builds, tests or other hardware would use.
RUN cd /opt/dateline/lib/python3*/site-packages \
    && rm -rf torch/include torch/test torch/bin/*[Tt]est* torch/bin/protoc* \
              openvino/include openvino/libs/cache.json openvino/libs/libopenvino_intel_[gn]pu_plugin.so \
              onnx/backend/test onnxruntime/capi/libonnxruntime.so.* \
    && find . -type d -name tests -prune -exec rm -rf {} + \
    && pip uninstall --quiet --yes pip

# Indexing and asking once compiles the model and the byte code of those modules that are really used, and proves
# that nothing above is missed.
ENV XDG_CACHE_HOME=/cache
RUN dateline add --index /tmp/index seeds \
    && dateline search --index /tmp/index "What happened?" > /dev/null


FROM ${BASE}
LABEL org.opencontainers.image.title="Dateline" \
      org.opencontainers.image.description="Semantic search over news articles" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN useradd --uid 10001 --user-group --no-create-home --home-dir /cache dateline \
    && install --directory --owner dateline --group dateline /data
COPY --from=build /opt/dateline /opt/dateline
COPY --from=build --chown=dateline:dateline /cache /cache
ENV PATH=/opt/dateline/bin:$PATH \
    XDG_CACHE_HOME=/cache \
    DATELINE_INDEX=/data \
    DATELINE_HOST=0.0.0.0 \
    DATELINE_PORT=8000 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD python3 -c "from urllib.request import urlopen; urlopen('http://127.0.0.1:$DATELINE_PORT/healthz', timeout=4)"
ENTRYPOINT ["dateline"]
CMD ["serve"]
