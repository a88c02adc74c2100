# A small image with nothing in it but the program, what it links to and the certificates of public authorities.
# publish.yml gives the released binaries in place of the first stage.
FROM docker.io/library/rust:1.95-slim-bookworm@sha256:d7482085ff5b415f84dba5647ae71606650bdef00db7aeb69f4b3d170c3e4082 AS build
ARG TARGETARCH
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY schema schema
COPY src src
RUN cargo build --release --locked --bin stc-check && install -D target/release/stc-check "/$TARGETARCH/stc-check"

FROM gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f
ARG TARGETARCH
COPY --from=build /$TARGETARCH/stc-check /usr/local/bin/stc-check
# Files that are read and written (--snapshot, --output) are mounted here.
WORKDIR /work
USER nonroot
ENTRYPOINT ["/usr/local/bin/stc-check"]
