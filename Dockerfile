# A small image of the one binary, which is static. Build and run:
#   docker build -t chatctl .
#   docker run -d --name chat -p 7667:7667 -p 7668:7668 -v chat:/data chatctl
# A configuration of your own: -v ./chatctl.toml:/etc/chatctl.toml:ro, or flags behind the command: chatctl serve --config
# /etc/chatctl.toml --drain 30s. What runs a server: docker exec chat /chatctl admin --data /data who
FROM rust:1-alpine AS build
RUN apk add --no-cache musl-dev ca-certificates
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin chatctl && mkdir /data

FROM scratch
COPY --from=build /src/target/release/chatctl /chatctl
# Whom to trust where the server is a client: a Redis with TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY contrib/docker/chatctl.toml /etc/chatctl.toml
# A volume that is mounted there belongs to the user below.
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
VOLUME /data
EXPOSE 7667 7668
ENTRYPOINT ["/chatctl"]
CMD ["serve", "--config", "/etc/chatctl.toml"]
# There is no shell in the image: the binary asks the server itself.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/chatctl", "admin", "--data", "/data", "--timeout", "4s", "stats"]
