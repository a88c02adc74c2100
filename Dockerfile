# A small image with nothing in it but the program, what it links to and the certificates of public authorities.
FROM docker.io/library/rust:1.95-slim-bookworm AS build
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY benches benches
COPY schema schema
COPY src src
RUN cargo build --release --locked --bin stc-check

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /source/target/release/stc-check /usr/local/bin/stc-check
# Files that are read and written (--snapshot, --output) are mounted here.
WORKDIR /work
USER nonroot
ENTRYPOINT ["/usr/local/bin/stc-check"]
