# Upload an image with curl: request a token, create an image, and send its content. Print the seconds of the last request.
set -eu
. /opt/clients/openrc
name=$1 file=$2
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

cat >login <<END
{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "$OS_USERNAME", "password": "$OS_PASSWORD",
"domain": {"name": "$OS_USER_DOMAIN_NAME"}}}}, "scope": {"project": {"name": "$OS_PROJECT_NAME",
"domain": {"name": "$OS_PROJECT_DOMAIN_NAME"}}}}}
END
curl -sSf -o token.json -D token -H 'Content-Type: application/json' -d @login "$OS_AUTH_URL/auth/tokens"
sed -n 's/^X-Subject-Token:/X-Auth-Token:/Ip' token | tr -d '\r' >headers
curl -sSf -o image.json -H @headers -H 'Content-Type: application/json' \
    -d "{\"name\": \"$name\", \"disk_format\": \"raw\", \"container_format\": \"bare\"}" "$IMAGE_URL/v2/images"
id=$(sed -n 's/.*"id": *"\([^"]*\)".*/\1/p' image.json)
# Do not wait for a "100 Continue".
curl -sSf -T "$file" -H @headers -H 'Content-Type: application/octet-stream' -H 'Expect:' \
    -w '%{time_total}\n' "$IMAGE_URL/v2/images/$id/file"
