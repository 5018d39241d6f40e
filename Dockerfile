# Two images from one file: the operator (the default target) and the mock cloud.
#
# The base is any root with Python 3.11 or newer; no stage needs a shell. By default pip takes the libraries from its
# index while the image is built. Where `build/wheels` holds them, as `make image` arranges it on a machine that can
# pull no image, the build needs no network. In both cases the hashes of the lock are checked.
ARG BASE=docker.io/library/python:3.13-slim-bookworm

FROM ${BASE} AS libraries
ARG PIP_OPTIONS=""
WORKDIR /build
COPY hack/image/filling.py requirements/runtime.txt ./
# A pattern may match nothing: the folder can be absent.
COPY requirements/runtime.txt build/wheel[s] wheels/
RUN ["python3", "filling.py", "libraries", "/app/lib"]

FROM libraries AS code
COPY operator/mlregistry_operator/ /app/operator/mlregistry_operator/
COPY mockcloud/ /app/mockcloud/mockcloud/
RUN ["python3", "filling.py", "program", "/app/operator", "mlregistry_operator", "mlregistry-operator"]
RUN ["python3", "filling.py", "program", "/app/mockcloud", "mockcloud", "mlregistry-mockcloud"]

FROM ${BASE} AS common
# All that is imported is compiled already: the root is read-only.
ENV PATH=/app/code/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/app/code:/app/lib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp
COPY --from=libraries /app/lib/ /app/lib/
# A number, so that the kubelet can tell that it is not root.
USER 65532:65532
WORKDIR /tmp

FROM common AS mockcloud
COPY --from=code /app/mockcloud/ /app/code/
EXPOSE 18443
ENTRYPOINT ["mlregistry-mockcloud"]
CMD ["serve", "--host=0.0.0.0"]

FROM common AS operator
COPY --from=code /app/operator/ /app/code/
EXPOSE 8080 9443
ENTRYPOINT ["mlregistry-operator"]
CMD ["run"]
