# shellcheck shell=bash
# The real engines: their names, where they are looked for, and how to tell that one answers. Sourced by the other
# scripts. A test that needs an engine has the name listed here in its own name.
#
# Written for bash 3.2 and without the engines' own clients, so that it works on any machine that builds the project.

# shellcheck disable=SC2034 # read by the scripts that source this one
ENGINES="postgres rabbitmq redis mongo"

title_of() {
  case $1 in
    postgres) echo PostgreSQL ;;
    rabbitmq) echo RabbitMQ ;;
    redis) echo Redis ;;
    mongo) echo MongoDB ;;
  esac
}

# The variable that says where the tests find the engine, and `make services` what to look after.
variable_of() {
  case $1 in
    postgres) echo TEST_POSTGRES_URL ;;
    rabbitmq) echo TEST_RABBITMQ_URL ;;
    redis) echo TEST_REDIS_URL ;;
    mongo) echo TEST_MONGO_URL ;;
  esac
}

url_of() {
  case $1 in
    postgres) echo "${TEST_POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/postgres}" ;;
    rabbitmq) echo "${TEST_RABBITMQ_URL:-amqp://guest:guest@127.0.0.1:5672}" ;;
    redis) echo "${TEST_REDIS_URL:-redis://127.0.0.1:6379}" ;;
    mongo) echo "${TEST_MONGO_URL:-mongodb://127.0.0.1:27017}" ;;
  esac
}

port_of() {
  local address
  address=$(address_of "$1")
  echo "${address##*:}"
}

host_of() {
  local address
  address=$(address_of "$1")
  echo "${address%:*}"
}

# HOST:PORT of an engine, taken from its URL.
address_of() {
  local rest
  rest=$(url_of "$1")
  rest=${rest#*://}
  rest=${rest%%[/?]*}
  rest=${rest##*@}
  case $rest in
    *:*) echo "$rest" ;;
    *)
      case $1 in
        postgres) echo "$rest:5432" ;;
        rabbitmq) echo "$rest:5672" ;;
        redis) echo "$rest:6379" ;;
        mongo) echo "$rest:27017" ;;
      esac
      ;;
  esac
}

# ENGINE REQUEST N: the Nth byte of the answer to REQUEST, or nothing where nobody answers within 3 s.
answered_byte() {
  (
    exec 3<>"/dev/tcp/$(host_of "$1")/$(port_of "$1")" || exit 1
    printf '%b' "$2" >&3
    for ((n = 0; n < $3; n++)); do
      LC_ALL=C IFS= read -r -d '' -t 3 -n1 byte <&3 || exit 1
    done
    printf '%s' "$byte"
  ) 2>/dev/null
}

# An open port is not enough: something else may sit on it. Each engine is spoken to in its own protocol.
answers() {
  local byte
  case $1 in
    postgres) # SSLRequest: S or N
      byte=$(answered_byte postgres '\x00\x00\x00\x08\x04\xd2\x16\x2f' 1) && [[ $byte == [SN] ]]
      ;;
    rabbitmq) # the protocol header: connection.start is a method frame, type 1
      byte=$(answered_byte rabbitmq 'AMQP\x00\x00\x09\x01' 1) && [[ $byte == $'\x01' ]]
      ;;
    redis) # +PONG, or -NOAUTH where it wants a password
      byte=$(answered_byte redis 'PING\r\n' 1) && [[ $byte == [+-] ]]
      ;;
    mongo) # OP_MSG {ping: 1, $db: "admin"}: an OP_MSG, whose number 2013 is byte 13 of the header
      # shellcheck disable=SC2016 # $db is a field's name
      byte=$(answered_byte mongo '\x33\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00\x1e\x00\x00\x00\x10ping\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00' 13) &&
        [[ $byte == $'\xdd' ]]
      ;;
  esac
}
