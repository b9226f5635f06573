# find_go, for the scripts that build test tools from Go modules; sourced from the top folder.

# Newest Go that those modules were built with; fetched as a module when the machine has none.
GO_TOOLCHAIN=1.26.8

# Prints a go command new enough for our modules. An older go (Debian's) fetches the newer one
# as the module golang.org/toolchain.
find_go() {
  if go version | grep -Eq 'go1\.(2[1-9]|[3-9][0-9])'; then
    command -v go
    return
  fi
  home="$PWD/.deps/go-$GO_TOOLCHAIN"
  if [ ! -x "$home/bin/go" ]; then
    version="v0.0.1-go$GO_TOOLCHAIN.linux-$(dpkg --print-architecture)"
    module=$(go mod download -json "golang.org/toolchain@$version" |
      sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
    cp -r "$module" "$home.tmp"
    chmod -R u+w "$home.tmp"
    chmod -R a+x "$home.tmp/bin" "$home.tmp/pkg/tool"
    mv "$home.tmp" "$home"
  fi
  echo "$home/bin/go"
}
