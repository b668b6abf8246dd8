# shellcheck shell=bash
# Where the rows are and how their engines' own programs are run, for deploy/backup, restore and rotate. Sourced.
# No password is an argument of a program, where everybody on the machine could read it: it is the first line of its input.

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

# What is backed up, in this order: PostgreSQL first, so that the log has at least what the rows tell of.
PARTS="users calls operations logs"

variable_of() {
  case $1 in
    users) echo AUTHENTICATOR_POSTGRES_URL ;;
    calls) echo BROKER_POSTGRES_URL ;;
    operations) echo OPERATIONS_POSTGRES_URL ;;
    logs) echo LOGGER_MONGO_URL ;;
    *) fail "there is no '$1': $PARTS" 2 ;;
  esac
}

secret_of() {
  case $1 in
    users) echo postgres-authenticator.url ;;
    calls) echo postgres-broker.url ;;
    operations) echo postgres-operations.url ;;
    logs) echo mongo-logger.url ;;
  esac
}

file_of() { [ "$1" = logs ] && echo logs.archive.gz || echo "$1.dump"; }

# PART: from its variable, the file that …_FILE names, or ./secrets; nothing where nobody says it.
url_of() {
  local variable file
  variable=$(variable_of "$1")
  file=${variable}_FILE
  if [ -n "${!variable:-}" ]; then
    echo "${!variable}"
  elif [ -n "${!file:-}" ]; then
    cat "${!file}"
  elif [ -s "secrets/$(secret_of "$1")" ]; then
    cat "secrets/$(secret_of "$1")"
  fi
}

# ENGINE: whether compose runs it here. Then its container has the programs, in the engine's own version.
is_inside() { command -v docker >/dev/null && [ -n "$(docker compose ps --quiet --status running "$1" 2>/dev/null)" ]; }

in_engine() {
  local engine=$1
  shift
  if is_inside "$engine"; then
    docker compose exec -T "$engine" "$@"
  else
    "$@"
  fi
}

# URL COMMAND…: with the URL, without its password, behind --dbname. What comes in goes on to the command.
with_postgres() {
  local url=$1 password=""
  shift
  if [[ $url =~ ^([a-z]+://[^:@/]*):([^@/]*)@(.*)$ ]]; then
    url=${BASH_REMATCH[1]}@${BASH_REMATCH[3]}
    password=$(printf '%b' "${BASH_REMATCH[2]//%/\\x}")
  fi
  # shellcheck disable=SC2016 # for the shell inside
  { printf '%s\n' "$password" && cat; } |
    in_engine postgres bash -c 'IFS= read -r PGPASSWORD; export PGPASSWORD; exec "$@"' bash "$@" --dbname="$url"
}

# URL COMMAND…: with a file that has the URL behind --config, as MongoDB's tools want it.
with_mongo() {
  local url=$1
  shift
  # shellcheck disable=SC2016 # for the shell inside
  { printf '%s\n' "$url" && cat; } | in_engine mongo bash -c '
    umask 077; file=$(mktemp); trap "rm -f $file" EXIT
    IFS= read -r url; printf "uri: \"%s\"\n" "$url" >"$file"; "$@" --config="$file"' bash "$@"
}

# URL SCRIPT [GIVEN]: what mongosh says to it, with `db` as the URL's database; process.env.GIVEN may be a secret.
mongo_says() {
  # shellcheck disable=SC2016 # for the shell inside
  printf '%s\n' "$1" "${3:-}" | in_engine mongo bash -c '
    IFS= read -r URL; IFS= read -r GIVEN; export URL GIVEN; exec mongosh --nodb --quiet --eval "db = connect(process.env.URL); $1"' bash "$2"
}
