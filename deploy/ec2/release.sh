# shellcheck shell=bash
# What deployments to EC2 and to Elastic Beanstalk share: where things are, and which image was there before. Sourced.
# /switchboard/ENVIRONMENT/image is the image that was deployed last, …/image-before the one to which a rollback goes.

fail() {
  echo "$1" >&2
  exit "${2:-1}"
}

# Runs what would change something, or only says so. DRY_RUN is set by who sources this.
change() {
  if [ "${DRY_RUN:-false}" = true ]; then
    printf 'would run:' >&2
    printf ' %q' "$@" >&2
    printf '\n' >&2
  else
    "$@"
  fi
}

# Sets ENVIRONMENT.
environment_is() {
  case $1 in
    staging | production) ENVIRONMENT=$1 ;;
    *) fail "the environment is staging or production, not '$1' (--help)" 2 ;;
  esac
  command -v aws >/dev/null || fail "aws is missing: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html" 2
}

# STACK KEY: an output of a stack; nothing where there is none.
output_of() {
  local value
  value=$(aws cloudformation describe-stacks --stack-name "$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue | [0]") || fail "there is no stack $1: docs/deploy.md makes it"
  [ "$value" = None ] || echo "$value"
}

# The name of an image's bundle, and of its version on Beanstalk. Also in cloudformation/ec2.yml.
key_of() { echo "${1//[^A-Za-z0-9._-]/-}"; }

# image or image-before; nothing where nothing was deployed yet. Any other error is one.
recorded() {
  local said
  if said=$(aws ssm get-parameter --name "/switchboard/$ENVIRONMENT/$1" --query Parameter.Value --output text 2>&1); then
    echo "$said"
  elif [[ $said != *ParameterNotFound* ]]; then
    fail "$said"
  fi
}

# IMAGE: is now what was deployed last. Saying it twice changes nothing, so that 'before' is never the same by mistake.
record() {
  local before
  before=$(recorded image)
  [ "$before" != "$1" ] || return 0
  [ -z "$before" ] || change aws ssm put-parameter --name "/switchboard/$ENVIRONMENT/image-before" --type String --overwrite \
    --value "$before" >/dev/null
  change aws ssm put-parameter --name "/switchboard/$ENVIRONMENT/image" --type String --overwrite --value "$1" >/dev/null
}

# IMAGE: puts its bundle into the bucket. Sets BUCKET and KEY.
put_bundle() {
  local zip
  BUCKET=$(output_of "switchboard-$ENVIRONMENT-storage" Bucket)
  KEY=bundles/$(key_of "$1").zip
  zip=$(mktemp -d)/bundle.zip
  "$(dirname "${BASH_SOURCE[0]}")/../beanstalk/bundle" --engines "$(output_of "switchboard-$ENVIRONMENT" Engines)" "$1" "$zip" >&2
  change aws s3 cp --only-show-errors "$zip" "s3://$BUCKET/$KEY" >&2
  rm -r "$(dirname "$zip")"
}

# DEPLOY ENVIRONMENT [OPTION…]: deploys what was there before the last one.
roll_back() {
  local deploy=$1 before
  environment_is "$2"
  shift 2
  before=$(recorded image-before)
  [ -n "$before" ] || fail "nothing is known that was deployed to $ENVIRONMENT before"
  "$deploy" "$ENVIRONMENT" "$before" "$@"
  # The one that was bad is not what the next rollback should bring.
  [[ " $* " != *" --dry-run "* ]] || return 0
  aws ssm put-parameter --name "/switchboard/$ENVIRONMENT/image-before" --type String --overwrite --value "$before" >/dev/null
}
