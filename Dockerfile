# A small image with the one binary. Build: docker build -t chatctl .
# Run: docker run -p 7667:7667 chatctl
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked && mkdir /data

FROM scratch
COPY --from=build /src/target/release/chatctl /chatctl
# A volume that is mounted there belongs to the user below: docker run -v chat:/data ... serve --data /data
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
EXPOSE 7667
ENTRYPOINT ["/chatctl"]
CMD ["serve", "--listen", "0.0.0.0:7667", "--admin", "127.0.0.1:7660"]
# There is no shell in the image: the binary asks the server itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/chatctl", "admin", "--admin", "127.0.0.1:7660", "stats"]
