# shellcheck shell=bash disable=SC2154
# A single-node replica set in a container. Sourced by scripts/mongodb.

container=countersign-mongodb

docker_runs() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }

docker_port() { docker inspect --format '{{index .Config.Labels "countersign.port"}}' "$container" 2>/dev/null; }

docker_eval() { docker exec "$container" mongosh --quiet --port "$1" --eval "$2"; }

# The server listens on the same port inside and outside: a client of a replica set goes to the address that the set names.
docker_create() {
  local port
  port=$(free_port)
  say "starting mongo:8 in Docker on port $port"
  docker run --detach --name "$container" --label "countersign.port=$port" --publish "127.0.0.1:$port:$port" \
    mongo:8 --replSet rs0 --bind_ip_all --port "$port" >>"$log" 2>&1 ||
    die "docker run mongo:8 failed" "read $log; or set COUNTERSIGN_TEST_MONGODB_URI to a server of yours"
}

# Succeeds once the set has a primary; the first call makes the set.
docker_primary() {
  docker_eval "$1" "try { rs.status() } catch (e) { rs.initiate({_id: 'rs0', members: [{_id: 0, host: '127.0.0.1:$1'}]}) }
    if (!db.hello().isWritablePrimary) quit(1)"
}

docker_up() {
  local port
  docker start "$container" >>"$log" 2>&1 || { docker_down; docker_create; }
  port=$(docker_port)
  wait_for "mongo:8" docker_primary "$port"
  echo "mongodb://127.0.0.1:$port/?replicaSet=rs0"
}

docker_down() { docker rm --force --volumes "$container" >/dev/null 2>&1 || true; }

docker_status() { docker ps --all --filter "name=$container" --format 'docker: {{.Names}} {{.Status}}'; }
