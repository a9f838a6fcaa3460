# The glue alone: `basepool serve`, `work`, `migrate`. Python 3.13, because the replicate client does not import on 3.14.
FROM python:3.13-slim
WORKDIR /app
COPY pyproject.toml README.md LICENSE ./
COPY glue glue
COPY db db
COPY docker docker
RUN pip install --no-cache-dir --disable-pip-version-check . \
  && useradd --system --no-create-home basepool \
  && install -d -o basepool /outputs
USER basepool
ENV BASEPOOL_ENV=production PYTHONUNBUFFERED=1
CMD ["basepool", "--help"]
