# The bot in production: the versions of requirements.lock, without what only development needs.
# docker build -t lyceum . && docker run --env-file .env -p 8080:8080 -v lyceum:/data lyceum

FROM python:3.11-slim-bookworm AS build
WORKDIR /src
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy VIRTUAL_ENV=/opt/lyceum
COPY pyproject.toml requirements.lock ./
# pyproject.toml says what is needed, the lock as a constraint says which version, and its hashes are checked.
RUN python -m venv --without-pip "$VIRTUAL_ENV" \
    && pip install --no-cache-dir --quiet "uv$(sed -n 's/^required-version = "\([^"]*\)".*/\1/p' pyproject.toml)" \
    && uv pip install --no-cache --constraints requirements.lock -r pyproject.toml
COPY LICENSE ./
COPY tools/hatch_build.py tools/
COPY config config
COPY bot bot
RUN uv pip install --no-cache --no-deps --build-constraints requirements.lock .

FROM python:3.11-slim-bookworm
# Pillow finds libfribidi on the system, and without it does not join the letters of Arabic names.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libfribidi0 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin lyceum \
    && install --directory --owner=lyceum --group=lyceum /data
COPY --from=build /opt/lyceum /opt/lyceum
COPY config /config
ENV PATH=/opt/lyceum/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LYCEUM_DATABASE_URL=sqlite:////data/lyceum.db \
    LYCEUM_HOST=0.0.0.0 \
    LYCEUM_PORT=8080 \
    LYCEUM_LOG_FORMAT=json \
    LYCEUM_RULES=/config/rules.toml
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
# A first start migrates the database and waits for Discord; later ones are quick.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['LYCEUM_PORT']}/healthz\", timeout=4)"]
CMD ["lyceum", "run"]
