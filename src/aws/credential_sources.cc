#include "aws/credential_sources.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <simdjson.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>

#include "aws/aws_time.h"
#include "aws/http.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::string_view kContainerAgent = "http://169.254.170.2";
constexpr std::string_view kInstanceMetadata = "http://169.254.169.254";
constexpr milliseconds kMetadataConnect{1000};
constexpr milliseconds kMetadataTotal{5000};
constexpr milliseconds kProcessTime{60000};
constexpr size_t kMaxProcessOutput = size_t{1} << 20;

// Metadata addresses are never proxied.
HttpClient& MetadataClient() {
  static HttpClient client([] {
    HttpClientOptions options;
    options.use_proxy = false;
    return options;
  }());
  return client;
}

HttpReply Ask(const std::string& method, const std::string& url, HeaderList headers) {
  HttpRequest request;
  request.method = method;
  request.url = url;
  request.headers = std::move(headers);
  request.connect_timeout = kMetadataConnect;
  request.total_timeout = kMetadataTotal;
  return MetadataClient().Perform(request);
}

bool MaySendTokenTo(const Url& url) {
  if (url.https) return true;
  return url.host == "localhost" || url.host.starts_with("127.") || url.host == "[::1]" ||
         url.host == "169.254.170.2" || url.host == "169.254.170.23" ||
         url.host == "[fd00:ec2::23]";
}

Result<std::string> ContainerToken(const Environment& environment) {
  if (const auto path = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) {
    std::ifstream file(*path, std::ios::binary);
    if (!file) return NotFound("cannot read AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    std::string token{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
    return token;
  }
  return environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
}

std::string JsonText(const simdjson::dom::element& object, const char* name) {
  std::string_view text;
  if (object[name].get_string().get(text) != simdjson::SUCCESS) return "";
  return std::string(text);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
  ~Pipe() {
    CloseWriteEnd();
    if (read_end >= 0) close(read_end);
  }
  void CloseWriteEnd() {
    if (write_end >= 0) close(write_end);
    write_end = -1;
  }
};

Result<pid_t> Spawn(const std::vector<std::string>& words, int output_fd) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
  pid_t child = -1;
  const int error =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return ErrnoStatus(error, "cannot start credential_process");
  return child;
}

// Everything the other end writes until it closes; kDeadlineExceeded, kResourceExhausted.
Result<std::string> ReadToEnd(int fd) {
  const auto deadline = steady_clock::now() + kProcessTime;
  std::string output;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    pollfd ready = {.fd = fd, .events = POLLIN, .revents = 0};
    if (left <= 0 || poll(&ready, 1, static_cast<int>(left)) == 0) {
      return DeadlineExceeded("credential_process took longer than a minute");
    }
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoStatus(errno, "cannot read from credential_process");
    if (got == 0) return output;
    output.append(buffer.data(), static_cast<size_t>(got));
    if (output.size() > kMaxProcessOutput) {
      return ResourceExhausted("credential_process writes too much");
    }
  }
}

}  // namespace

Result<AwsCredentials> CredentialsFromJson(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::element object;
  if (parser.parse(simdjson::padded_string(json)).get(object) != simdjson::SUCCESS ||
      !object.is_object()) {
    return DataLoss("credentials that are no JSON object");
  }
  AwsCredentials credentials;
  credentials.access_key_id = JsonText(object, "AccessKeyId");
  credentials.secret_access_key = JsonText(object, "SecretAccessKey");
  credentials.session_token = JsonText(object, "Token");
  if (credentials.session_token.empty()) {
    credentials.session_token = JsonText(object, "SessionToken");
  }
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return NotFound("the reply holds no credentials");
  }
  const std::string expiration = JsonText(object, "Expiration");
  if (!expiration.empty()) {
    const auto expires = ParseIsoTime(expiration);
    if (!expires) return DataLoss("credentials with an expiration that is no time");
    credentials.expires_at_ms = *expires;
  }
  return credentials;
}

Result<AwsCredentials> ContainerCredentials(const Environment& environment) {
  std::string address;
  if (const auto relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    if (!relative->starts_with('/')) {
      return InvalidArgument("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must start with /");
    }
    address = std::string(kContainerAgent) + *relative;
  } else if (const auto full = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
    ASSAY_ASSIGN_OR_RETURN(const Url url, ParseUrl(full->substr(0, full->find('?'))));
    if (!MaySendTokenTo(url)) {
      return InvalidArgument(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, this machine or a container agent");
    }
    address = *full;
  } else {
    return NotFound("not in a container with credentials");
  }
  ASSAY_ASSIGN_OR_RETURN(const std::string token, ContainerToken(environment));
  HeaderList headers;
  if (token.find_first_of("\r\n") != std::string::npos) {
    return InvalidArgument("the container's authorization token has more than one line");
  }
  if (!token.empty()) headers.emplace_back("Authorization", token);
  const HttpReply reply = Ask("GET", address, std::move(headers));
  if (!reply.transport.ok()) return reply.transport.WithContext("container credentials");
  if (reply.status != 200) {
    return Unavailable("container credentials: HTTP " + std::to_string(reply.status));
  }
  return CredentialsFromJson(reply.body);
}

Result<AwsCredentials> InstanceCredentials(const Environment& environment) {
  if (environment("AWS_EC2_METADATA_DISABLED").value_or("") == "true") {
    return NotFound("the instance metadata service is disabled");
  }
  std::string base =
      environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or(std::string(kInstanceMetadata));
  while (base.ends_with('/')) base.pop_back();
  const HttpReply token =
      Ask("PUT", base + "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}});
  if (!token.transport.ok() || token.status != 200 ||
      token.body.find_first_of("\r\n") != std::string::npos) {
    return NotFound("no instance metadata service");
  }
  const HeaderList headers = {{"X-aws-ec2-metadata-token", token.body}};
  const std::string path = base + "/latest/meta-data/iam/security-credentials/";
  const HttpReply role = Ask("GET", path, headers);
  if (!role.transport.ok() || role.status != 200 || role.body.empty()) {
    return NotFound("the instance has no role");
  }
  const std::string name = role.body.substr(0, role.body.find_first_of("\r\n"));
  const HttpReply reply = Ask("GET", path + UriEncode(name), headers);
  if (!reply.transport.ok()) return reply.transport.WithContext("instance credentials");
  if (reply.status != 200) {
    return Unavailable("instance credentials: HTTP " + std::to_string(reply.status));
  }
  return CredentialsFromJson(reply.body);
}

Result<std::vector<std::string>> SplitCommandLine(std::string_view command) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = '\0';
  for (size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
      in_word = true;
    } else if (c == '\\' && quote != '\'' && i + 1 < command.size()) {
      word += command[++i];
      in_word = true;
    } else if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (in_word) words.push_back(std::exchange(word, ""));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != '\0') return InvalidArgument("a command with an open quote");
  if (in_word) words.push_back(std::move(word));
  if (words.empty()) return InvalidArgument("an empty command");
  return words;
}

Result<AwsCredentials> ProcessCredentials(const std::string& command) {
  ASSAY_ASSIGN_OR_RETURN(const std::vector<std::string> words, SplitCommandLine(command));
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return ErrnoStatus(errno, "cannot make a pipe");
  Pipe pipe{.read_end = ends[0], .write_end = ends[1]};
  ASSAY_ASSIGN_OR_RETURN(const pid_t child, Spawn(words, pipe.write_end));
  pipe.CloseWriteEnd();
  const Result<std::string> output = ReadToEnd(pipe.read_end);
  if (!output.ok()) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!output.ok()) return output.status();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return PermissionDenied("credential_process failed");
  }
  Result<AwsCredentials> credentials = CredentialsFromJson(*output);
  if (!credentials.ok()) return credentials.status().WithContext("credential_process");
  return credentials;
}

}  // namespace assay
