#include "cli/service/service_config.h"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "aws/uri.h"
#include "cli/suggest.h"

namespace assay {
namespace {

constexpr const char* kAccountKeys[] = {"id",           "kind",
                                        "directory",    "endpoint_url",
                                        "endpoints",    "regions",
                                        "profile",      "ca_bundle",
                                        "path_style",   "max_requests_per_second",
                                        "service_role", "events_queue_url"};
constexpr const char* kServices[] = {"s3", "sts", "iam", "kms", "cloudtrail", "sqs"};

uint32_t LineOf(const toml::node& node) { return node.source().begin.line; }

std::string ScalarText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return {};
}

// Texts of an array of strings joined with commas, or the scalar itself.
std::string SettingText(const toml::node& node) {
  const toml::array* items = node.as_array();
  if (items == nullptr) return ScalarText(node);
  std::string joined;
  for (const toml::node& item : *items) joined += (joined.empty() ? "" : ",") + ScalarText(item);
  return joined;
}

class FileReader {
 public:
  FileReader(LoadedConfig* loaded) : loaded_(*loaded) {}  // NOLINT(google-explicit-constructor)

  void Read(const toml::table& root) {
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      if (name == "account") {
        ReadAccounts(node);
      } else if (name == "aws") {
        if (const toml::table* table = node.as_table()) {
          loaded_.config.aws_defaults = ReadAccount(*table, /*defaults=*/true);
        } else {
          Mistake(node, "[aws] is a table");
        }
      } else if (const toml::table* section = node.as_table()) {
        for (const auto& [inner, value] : *section) {
          ReadSetting(name + "." + std::string(inner.str()), value);
        }
      } else {
        ReadSetting(name, node);
      }
    }
  }

 private:
  void Mistake(const toml::node& node, std::string message) {
    loaded_.mistakes.push_back({LineOf(node), std::move(message)});
  }

  void ReadSetting(const std::string& key, const toml::node& node) {
    std::vector<std::string> known;
    for (const ServiceSetting& setting : ServiceSettings()) {
      if (setting.key == key) return Apply(setting, node);
      known.emplace_back(setting.key);
    }
    const std::string nearest = NearestWord(key, known);
    Mistake(node, "there is no setting '" + key + "'" +
                      (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }

  void Apply(const ServiceSetting& setting, const toml::node& node) {
    if (node.is_table()) return Mistake(node, std::string(setting.key) + " is a value, no table");
    const std::string text = SettingText(node);
    const Status status = setting.apply(text, &loaded_.config);
    if (!status.ok()) Mistake(node, std::string(setting.key) + ": " + status.message());
    std::error_code error;
    if (setting.value_name == "FILE" && !text.empty() && !std::filesystem::exists(text, error)) {
      loaded_.missing.push_back({LineOf(node), std::string(setting.key) + ": there is no file " +
                                                   text + ": put it there, or correct the path"});
    }
  }

  void ReadAccounts(const toml::node& node) {
    const toml::array* accounts = node.as_array();
    if (accounts == nullptr || !accounts->is_array_of_tables()) {
      return Mistake(node, "accounts are written as [[account]], each with an id");
    }
    for (const toml::node& item : *accounts) {
      AccountConnection account = ReadAccount(*item.as_table(), /*defaults=*/false);
      if (!ids_.insert(account.account_id).second) {
        Mistake(item, "account " + account.account_id + " is there twice");
      }
      loaded_.config.accounts.push_back(std::move(account));
    }
  }

  AccountConnection ReadAccount(const toml::table& table, bool defaults) {
    AccountConnection account;
    for (const auto& [key, node] : table) {
      ReadAccountMember(std::string(key.str()), node, &account);
    }
    if (!defaults) Check(table, account);
    return account;
  }

  void ReadAccountMember(const std::string& key, const toml::node& node,
                         AccountConnection* account) {
    const std::string text = ScalarText(node);
    if (key == "id") {
      account->account_id = text;
    } else if (key == "kind") {
      ReadKind(node, text, account);
    } else if (key == "directory") {
      account->directory = Absolute(text);
      std::error_code error;
      if (!std::filesystem::is_directory(account->directory, error)) {
        loaded_.missing.push_back({LineOf(node), "there is no folder " + account->directory +
                                                     ": make it, or correct the path"});
      }
    } else if (key == "endpoint_url") {
      CheckEndpoint(node, text);
      account->endpoint_url = text;
    } else if (key == "endpoints") {
      ReadEndpoints(node, account);
    } else if (key == "regions") {
      ServiceConfig parsed;
      for (const ServiceSetting& setting : ServiceSettings()) {
        if (setting.key != "regions") continue;
        const Status status = setting.apply(SettingText(node), &parsed);
        if (!status.ok()) Mistake(node, "regions: " + status.message());
      }
      account->regions = parsed.regions;
    } else if (key == "profile") {
      account->profile = text;
    } else if (key == "service_role") {
      account->service_role = text;
    } else if (key == "events_queue_url") {
      account->events_queue_url = text;
      if (!text.empty() && !text.starts_with("https://") && !text.starts_with("http://")) {
        Mistake(node, "events_queue_url is the URL of an SQS queue: https://...");
      }
    } else if (key == "ca_bundle") {
      account->ca_bundle = text.empty() ? "" : Absolute(text);
    } else if (key == "path_style") {
      account->path_style = text == "true";
      if (!node.is_boolean()) Mistake(node, "path_style is true or false");
    } else if (key == "max_requests_per_second") {
      const auto number = node.value<int64_t>().value_or(-1);
      if (number < 0 || number > 1'000'000) {
        Mistake(node, "max_requests_per_second is a whole number; 0 = no limit");
      } else {
        account->max_requests_per_second = static_cast<uint32_t>(number);
      }
    } else {
      const std::string nearest =
          NearestWord(key, {std::begin(kAccountKeys), std::end(kAccountKeys)});
      Mistake(node, "an account has no '" + key + "'" +
                        (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
    }
  }

  void ReadKind(const toml::node& node, const std::string& text, AccountConnection* account) {
    for (const AccountKind kind : {AccountKind::kAws, AccountKind::kS3, AccountKind::kDirectory}) {
      if (AccountKindName(kind) != text) continue;
      account->kind = kind;
      return;
    }
    Mistake(node, "kind is aws, s3 or directory");
  }

  void CheckEndpoint(const toml::node& node, const std::string& url) {
    const Status status = url.empty() ? Status::Ok() : ParseUrl(url).status();
    if (!status.ok()) Mistake(node, status.message());
  }

  void ReadEndpoints(const toml::node& node, AccountConnection* account) {
    const toml::table* table = node.as_table();
    if (table == nullptr) return Mistake(node, "endpoints is a table: { s3 = \"http://...\" }");
    for (const auto& [service, url] : *table) {
      const std::string name(service.str());
      if (std::find(std::begin(kServices), std::end(kServices), name) == std::end(kServices)) {
        Mistake(url, "no service '" + name + "': s3, sts, iam, kms, cloudtrail or sqs");
      }
      CheckEndpoint(url, ScalarText(url));
      account->service_endpoint_urls[name] = ScalarText(url);
    }
  }

  void Check(const toml::table& table, const AccountConnection& account) {
    const std::string& id = account.account_id;
    if (id.size() != 12 || id.find_first_not_of("0123456789") != std::string::npos) {
      Mistake(table, "an account's id has 12 digits, in quotes: id = \"111122223333\"");
    }
    if (account.kind == AccountKind::kDirectory && account.directory.empty()) {
      Mistake(table, "account " + id + " is a directory account without directory = \"...\"");
    }
    if (account.kind != AccountKind::kAws && !account.events_queue_url.empty()) {
      Mistake(table, "account " + id + " has an events_queue_url but is not of kind aws");
    }
    if (account.kind == AccountKind::kS3 && account.endpoint_url.empty() &&
        !account.service_endpoint_urls.contains("s3")) {
      Mistake(table, "account " + id + " is an s3 account without endpoint_url");
    }
  }

  std::string Absolute(const std::string& path) const {
    std::error_code error;
    const std::filesystem::path base = loaded_.config.directory;
    return std::filesystem::weakly_canonical(base / path, error).string();
  }

  LoadedConfig& loaded_;
  std::set<std::string> ids_;
};

void ReadFile(LoadedConfig* loaded) {
  const std::string path = loaded->config.directory + "/assay.toml";
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  loaded->file_found = true;
  if (access(path.c_str(), R_OK) != 0) {
    loaded->mistakes.push_back({0, path + " cannot be read by this user"});
    return;
  }
  try {
    FileReader(loaded).Read(toml::parse_file(path));
  } catch (const toml::parse_error& bad) {
    loaded->mistakes.push_back({bad.source().begin.line, std::string(bad.description())});
  } catch (const std::exception& bad) {
    loaded->mistakes.push_back({0, bad.what()});
  }
}

// What no single setting can tell.
void CheckWhole(LoadedConfig* loaded) {
  const ServiceConfig& config = loaded->config;
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    loaded->mistakes.push_back({0, "api.tls_certificate and api.tls_key go together"});
  }
  if (config.queue_tls_certificate.empty() != config.queue_tls_key.empty()) {
    loaded->mistakes.push_back({0, "queue.tls_certificate and queue.tls_key go together"});
  }
  if (config.worker_tls_certificate.empty() != config.worker_tls_key.empty()) {
    loaded->mistakes.push_back({0, "worker.tls_certificate and worker.tls_key go together"});
  }
  if (config.is_fleet() && !config.store_url.starts_with("postgres")) {
    loaded->mistakes.push_back(
        {0, "a fleet shares its store: queue.url needs store.url = \"postgresql://...\""});
  }
  if (!config.events_token.empty() && config.events_token.size() < 16) {
    loaded->mistakes.push_back(
        {0, "api.events_token is shorter than 16 characters: anybody could guess it"});
  }
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

LoadedConfig LoadServiceConfig(
    const std::string& directory,
    const std::function<std::optional<std::string>(const std::string&)>& environment,
    const std::map<std::string, std::string>& flags) {
  LoadedConfig loaded;
  loaded.config.directory = directory;
  ReadFile(&loaded);
  for (const ServiceSetting& setting : ServiceSettings()) {
    const auto apply = [&](std::string_view source, const std::string& text) {
      const Status status = setting.apply(text, &loaded.config);
      if (!status.ok())
        loaded.mistakes.push_back({0, fmt::format("{}: {}", source, status.message())});
    };
    if (const auto value = environment(std::string(setting.environment))) {
      apply(setting.environment, *value);
    }
    if (const auto flag = flags.find(std::string(setting.key)); flag != flags.end()) {
      apply(setting.flag, flag->second);
    }
  }
  CheckWhole(&loaded);
  std::vector<std::string>& regions = loaded.config.regions;
  if (std::find(regions.begin(), regions.end(), loaded.config.region) == regions.end()) {
    regions.insert(regions.begin(), loaded.config.region);
  }
  std::stable_sort(loaded.mistakes.begin(), loaded.mistakes.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return loaded;
}

std::string FormatMistakes(const std::vector<ConfigMistake>& mistakes) {
  std::string out;
  for (const ConfigMistake& mistake : mistakes) {
    out += mistake.line == 0 ? fmt::format("{}\n", mistake.message)
                             : fmt::format("assay.toml:{}: {}\n", mistake.line, mistake.message);
  }
  return out;
}

std::string ServiceConfig::DatabaseUrl() const {
  return store_url.empty() ? "sqlite:" + directory + "/assay.db" : store_url;
}

std::string ServiceConfig::BaseUrl() const {
  std::string host = listen_host;
  if (host == "0.0.0.0") host = "127.0.0.1";
  if (host == "::") host = "::1";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return fmt::format("{}://{}:{}", tls_certificate.empty() ? "http" : "https", host, listen_port);
}

std::string RenderNewConfig(const ServiceConfig& config) {
  std::string out =
      "# Settings of `assay serve`. What is commented out shows its default; every setting can "
      "also\n"
      "# be given as an environment variable or a flag (assay config list). `assay config check`\n"
      "# explains mistakes.\n\n";
  out += "master_account = " + Quoted(config.master_account) + "\n";
  out += "region = " + Quoted(config.region) + "\n";
  std::string section;
  for (const ServiceSetting& setting : ServiceSettings()) {
    if (setting.key == "master_account" || setting.key == "region") continue;
    const size_t dot = setting.key.find('.');
    const std::string here(dot == std::string_view::npos ? "" : setting.key.substr(0, dot));
    if (here != section) {
      section = here;
      out += "\n[" + section + "]\n";
    }
    const std::string_view name =
        dot == std::string_view::npos ? setting.key : setting.key.substr(dot + 1);
    const bool given = setting.key == "store.url" && !config.store_url.empty();
    out += fmt::format("# {}\n{}{} = {}\n", setting.help, given ? "" : "# ", name,
                       Quoted(given ? config.store_url : setting.default_text));
  }
  out +=
      "\n# How accounts are reached. Those without an entry are AWS accounts reached with [aws].\n"
      "# [aws]\n# endpoint_url = \"\"      # another cloud's; endpoints = { sts = \"...\" } for "
      "one "
      "service\n# service_role = \"\"     # an ordinary role with the policy of the service-linked "
      "one\n"
      "# events_queue_url = \"\" # an SQS queue that announces changes of objects\n";
  for (const AccountConnection& account : config.accounts) {
    out += fmt::format("\n[[account]]\nid = {}\nkind = {}\n", Quoted(account.account_id),
                       Quoted(AccountKindName(account.kind)));
    if (account.kind == AccountKind::kDirectory) {
      out += "directory = " + Quoted(account.directory) + "\n";
    } else {
      out += "endpoint_url = " + Quoted(account.endpoint_url) + "\n";
    }
  }
  return out;
}

std::string ServiceDirectory(const std::string& from_flag) {
  std::string directory = from_flag;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (directory.empty()) directory = variable("ASSAY_DIR");
  if (directory.empty() && !variable("XDG_DATA_HOME").empty()) {
    directory = variable("XDG_DATA_HOME") + "/assay";
  }
  if (directory.empty()) {
    directory = geteuid() == 0 || variable("HOME").empty()
                    ? "/var/lib/assay"
                    : variable("HOME") + "/.local/share/assay";
  }
  std::error_code error;
  return std::filesystem::weakly_canonical(directory, error).string();
}

}  // namespace assay
