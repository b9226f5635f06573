#include "cli/service/client_command.h"

#include <fmt/format.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "aws/aws_time.h"
#include "base/rfc3339.h"
#include "cli/exit_code.h"
#include "cli/service/service_config.h"

namespace assay {

void AddClientOptions(CLI::App* command, ClientOptions* options, const std::string& more_formats) {
  command
      ->add_option("--dir", options->directory,
                   "Data directory of the service (ASSAY_DIR, ~/.local/share/assay)")
      ->type_name("DIR");
  std::vector<std::string> formats = {"table", "json"};
  std::string help = "table or json";
  if (!more_formats.empty()) {
    formats = {"table", "json"};
    help = "table, json";
    size_t begin = 0;
    while (begin < more_formats.size()) {
      const size_t comma = std::min(more_formats.find(',', begin), more_formats.size());
      formats.push_back(more_formats.substr(begin, comma - begin));
      help += (comma == more_formats.size() ? " or " : ", ") + formats.back();
      begin = comma + 1;
    }
  }
  command->add_option("-f,--format", options->format, help)
      ->type_name("FORMAT")
      ->check(CLI::IsMember(formats))
      ->capture_default_str();
}

int RunClient(const ClientOptions& options, const std::function<Status(ServiceClient&)>& body) {
  Result<ServiceClient> client = ServiceClient::Connect(ServiceDirectory(options.directory));
  const Status status = client.ok() ? body(*client) : client.status();
  if (status.ok()) return kExitDone;
  if (!status.message().empty()) std::fprintf(stderr, "assay: %s\n", status.message().c_str());
  return kExitError;
}

Result<std::string> AccountOrMaster(ServiceClient& client, const std::string& named) {
  if (!named.empty()) return named;
  ASSAY_ASSIGN_OR_RETURN(const rapidjson::Document status, client.Get("/status"));
  const std::string master = TextMember(status, "masterAccountId");
  if (!master.empty()) return master;
  return InvalidArgument("the service has no master account yet; name one with --account");
}

void PrintJson(const rapidjson::Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  value.Accept(writer);
  std::printf("%s\n", buffer.GetString());
}

std::string FriendlyTime(const std::string& iso) {
  if (iso.size() < 16) return iso.empty() ? "never" : iso;
  return iso.substr(0, 10) + " " + iso.substr(11, 5) + " UTC";
}

std::string FriendlyAge(const std::string& iso) {
  constexpr int64_t kHour = 3600;
  const std::optional<int64_t> ms = ParseRfc3339(iso);
  const int64_t seconds = ms ? std::max<int64_t>((NowMs() - *ms) / 1000, 0) : kHour;
  if (seconds >= kHour) return FriendlyTime(iso);
  return seconds < 120 ? fmt::format("{} s ago", seconds) : fmt::format("{} min ago", seconds / 60);
}

}  // namespace assay
