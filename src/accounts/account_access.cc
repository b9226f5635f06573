#include "accounts/account_access.h"

#include <array>
#include <optional>
#include <tuple>
#include <utility>

#include "accounts/account_service.h"
#include "aws/aws_time.h"
#include "aws/credentials.h"
#include "aws/retry_budget.h"
#include "aws/shared_config.h"
#include "aws/sts.h"
#include "objectstore/directory_store.h"

namespace assay {
namespace {

constexpr std::chrono::milliseconds kConnectTimeout{5000};
constexpr int64_t kRegionBelievedMs = 60'000;
constexpr std::array kHandshakeRoles = {kHandshakeRole, kLaterHandshakeRole};

bool IsAccountId(const std::string& id) {
  return id.size() == 12 && id.find_first_not_of("0123456789") == std::string::npos;
}

std::string ServiceUrl(const AccountConnection& connection, const std::string& service) {
  const auto own = connection.service_endpoint_urls.find(service);
  return own == connection.service_endpoint_urls.end() ? connection.endpoint_url : own->second;
}

std::string EndpointOf(const AccountConnection& connection, const std::string& service,
                       const std::string& region) {
  const std::string url = ServiceUrl(connection, service);
  return url.empty() ? DefaultServiceEndpoint(service, region, ProcessEnvironment()) : url;
}

AssumeRoleRequest RoleRequest(const std::string& arn, const std::string& master_account_id) {
  AssumeRoleRequest request;
  request.role_arn = arn;
  request.external_id = master_account_id;
  request.session_name = "assay-" + master_account_id;
  return request;
}

using ProviderPtr = std::shared_ptr<CredentialProvider>;

// The keys of a connection, its profile, or the standard chain.
Result<ProviderPtr> ChainProvider(const AccountConnection& connection, const std::string& region,
                                  const std::shared_ptr<HttpClient>& http) {
  if (!connection.keys.access_key_id.empty()) {
    return std::make_shared<CredentialProvider>(
        [keys = connection.keys]() -> Result<AwsCredentials> { return keys; });
  }
  ASSAY_ASSIGN_OR_RETURN(const SharedConfig config, SharedConfig::Load(ProcessEnvironment()));
  CredentialOptions options;
  options.profile = connection.profile;
  options.region = region;
  ASSAY_ASSIGN_OR_RETURN(ProviderPtr chain, MakeCredentialProvider(options, config, http.get()));
  // The chain borrows the client: keep both.
  return std::make_shared<CredentialProvider>([chain, http] { return chain->Get(); });
}

}  // namespace

std::string_view AccountKindName(AccountKind kind) {
  switch (kind) {
    case AccountKind::kAws:
      return "aws";
    case AccountKind::kS3:
      return "s3";
    case AccountKind::kDirectory:
      return "directory";
  }
  return "aws";
}

std::string_view PartitionOf(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  return "aws";
}

std::string RoleArn(const std::string& account_id, const std::string& region,
                    std::string_view role_name) {
  return "arn:" + std::string(PartitionOf(region)) + ":iam::" + account_id + ":role/" +
         std::string(role_name);
}

struct AccountAccess::Impl {
  const std::string master_account_id;
  const std::string home_region;
  const std::atomic<bool>* const cancel;

  std::mutex mutex;
  // Guarded by mutex:
  std::map<std::string, AccountConnection> connections;
  std::map<std::string, std::shared_ptr<HttpClient>> clients;                 // by CA bundle
  std::map<std::string, ProviderPtr> source_providers;                        // by account
  std::map<std::pair<std::string, std::string>, ProviderPtr> role_providers;  // account, role ARN
  std::map<std::tuple<std::string, std::string, std::string>, std::shared_ptr<S3Store>> s3_stores;
  std::map<std::string, std::shared_ptr<ObjectStore>> directory_stores;
  std::map<std::string, std::shared_ptr<RateLimiter>> limiters;
  std::map<std::string, std::string> handshake_roles;  // names, where known
  struct KnownRegion {
    std::string region;
    int64_t at_ms = 0;
  };
  std::map<std::pair<std::string, std::string>, KnownRegion> bucket_regions;

  Impl(std::string master, std::string region, const std::atomic<bool>* cancel_flag)
      : master_account_id(std::move(master)), home_region(std::move(region)), cancel(cancel_flag) {}

  void SetConnections(std::vector<AccountConnection> list) {
    const std::lock_guard lock(mutex);
    connections.clear();
    for (AccountConnection& connection : list) {
      std::string id = connection.account_id;
      connections[std::move(id)] = std::move(connection);
    }
    source_providers.clear();
    role_providers.clear();
    s3_stores.clear();
    directory_stores.clear();
    limiters.clear();
    bucket_regions.clear();
  }

  AccountConnection ConnectionOf(const std::string& account_id) {
    const std::lock_guard lock(mutex);
    auto found = connections.find(account_id);
    if (found != connections.end()) return found->second;
    AccountConnection connection;
    found = connections.find("");
    if (found != connections.end()) connection = found->second;
    connection.account_id = account_id;
    return connection;
  }

  std::shared_ptr<HttpClient> ClientOf(const AccountConnection& connection) {
    const std::lock_guard lock(mutex);
    std::shared_ptr<HttpClient>& client = clients[connection.ca_bundle];
    if (client == nullptr) {
      HttpClientOptions options;
      options.ca_bundle = connection.ca_bundle;
      options.connect_timeout = kConnectTimeout;
      options.cancel = cancel;
      client = std::make_shared<HttpClient>(std::move(options));
    }
    return client;
  }

  std::shared_ptr<RateLimiter> LimiterOf(const AccountConnection& connection) {
    if (connection.max_requests_per_second == 0) return nullptr;
    const std::lock_guard lock(mutex);
    std::shared_ptr<RateLimiter>& limiter = limiters[connection.account_id];
    if (limiter == nullptr) {
      limiter = std::make_shared<RateLimiter>(connection.max_requests_per_second);
    }
    return limiter;
  }

  StsEndpoint StsOf(const AccountConnection& connection) const {
    return {EndpointOf(connection, "sts", home_region), home_region};
  }

  // The connection whose credentials reach an account: its own when it has any, else the master's.
  AccountConnection SourceConnection(const AccountConnection& connection) {
    const bool own = !connection.keys.access_key_id.empty() || !connection.profile.empty();
    if (own || connection.account_id == master_account_id) return connection;
    AccountConnection master = ConnectionOf(master_account_id);
    return master.kind == AccountKind::kAws ? master : connection;
  }

  Result<ProviderPtr> SourceProvider(const AccountConnection& connection) {
    {
      const std::lock_guard lock(mutex);
      const auto found = source_providers.find(connection.account_id);
      if (found != source_providers.end()) return found->second;
    }
    const AccountConnection source = SourceConnection(connection);
    ASSAY_ASSIGN_OR_RETURN(ProviderPtr provider,
                           ChainProvider(source, home_region, ClientOf(source)));
    const std::lock_guard lock(mutex);
    return source_providers.emplace(connection.account_id, std::move(provider)).first->second;
  }

  std::vector<std::string> HandshakeRolesOf(const std::string& account_id) {
    const std::lock_guard lock(mutex);
    const auto known = handshake_roles.find(account_id);
    if (known != handshake_roles.end()) return {known->second};
    return {std::string(kHandshakeRoles[0]), std::string(kHandshakeRoles[1])};
  }

  Result<AwsCredentials> AssumeHandshake(const AccountConnection& connection,
                                         std::string_view role_name, AwsError* error) {
    ASSAY_ASSIGN_OR_RETURN(const ProviderPtr source, SourceProvider(connection));
    ASSAY_ASSIGN_OR_RETURN(const AwsCredentials credentials, source->Get());
    const std::string arn = RoleArn(connection.account_id, home_region, role_name);
    const std::shared_ptr<HttpClient> http = ClientOf(connection);
    return AssumeRole(http.get(), StsOf(connection), credentials,
                      RoleRequest(arn, master_account_id), error);
  }

  // What the service role is assumed with: the operator's credentials in the master account, those
  // of the handshake role in a member.
  CredentialSource BaseOf(const AccountConnection& connection) {
    const bool master = connection.account_id == master_account_id;
    return [this, connection, master]() -> Result<AwsCredentials> {
      if (master) {
        ASSAY_ASSIGN_OR_RETURN(const ProviderPtr source, SourceProvider(connection));
        return source->Get();
      }
      Status last = NotFound("no handshake role");
      for (const std::string& role : HandshakeRolesOf(connection.account_id)) {
        Result<AwsCredentials> credentials = AssumeHandshake(connection, role, nullptr);
        if (credentials.ok() || credentials.status().code() != StatusCode::kPermissionDenied) {
          return credentials;
        }
        last = credentials.status();
      }
      return last;
    };
  }

  Result<ProviderPtr> RoleProvider(const AccountConnection& connection,
                                   const std::string& service_role_arn) {
    std::string arn = service_role_arn;
    if (!connection.service_role.empty()) {
      const std::string& role = connection.service_role;
      arn = role.starts_with("arn:") ? role : RoleArn(connection.account_id, home_region, role);
    }
    if (arn.empty()) {
      return PermissionDenied("account " + connection.account_id +
                              " is not integrated: it has no service role yet");
    }
    const std::pair key(connection.account_id, arn);
    const std::lock_guard lock(mutex);
    ProviderPtr& provider = role_providers[key];
    if (provider == nullptr) {
      provider = std::make_shared<CredentialProvider>(
          [this, connection, arn, base = std::make_shared<CredentialProvider>(BaseOf(connection))]()
              -> Result<AwsCredentials> {
            ASSAY_ASSIGN_OR_RETURN(const AwsCredentials source, base->Get());
            const std::shared_ptr<HttpClient> http = ClientOf(connection);
            return AssumeRole(http.get(), StsOf(connection), source,
                              RoleRequest(arn, master_account_id));
          });
    }
    return provider;
  }

  AwsServiceContext Context(const AccountConnection& connection, const std::string& service,
                            const std::string& region, ProviderPtr provider) {
    AwsServiceContext context;
    context.service = service;
    context.region = SigningRegion(service, region);
    context.endpoint_url = EndpointOf(connection, service, region);
    context.http = ClientOf(connection);
    context.credentials = std::move(provider);
    return context;
  }

  Result<AccountConnection> AwsConnection(const std::string& account_id) {
    AccountConnection connection = ConnectionOf(account_id);
    if (connection.kind != AccountKind::kAws) {
      return Unimplemented("account " + account_id + " has no services of AWS but its store");
    }
    return connection;
  }

  Result<std::shared_ptr<ObjectStore>> OpenDirectory(const AccountConnection& connection) {
    const std::lock_guard lock(mutex);
    std::shared_ptr<ObjectStore>& store = directory_stores[connection.account_id];
    if (store == nullptr) {
      Result<std::unique_ptr<DirectoryStore>> opened =
          DirectoryStore::OpenRoot(connection.directory);
      if (!opened.ok()) {
        return opened.status().WithContext("the folder of account " + connection.account_id);
      }
      store = *std::move(opened);
    }
    return store;
  }

  Result<std::shared_ptr<S3Store>> OpenS3(const AccountConnection& connection,
                                          const std::string& region,
                                          const std::string& service_role_arn) {
    const std::tuple key(connection.account_id, region, service_role_arn);
    {
      const std::lock_guard lock(mutex);
      const auto found = s3_stores.find(key);
      if (found != s3_stores.end()) return found->second;
    }
    S3StoreOptions options;
    options.endpoint_url = ServiceUrl(connection, "s3");
    options.region = region;
    options.ca_bundle = connection.ca_bundle;
    options.cancel = cancel;
    options.limiter = LimiterOf(connection);
    if (!connection.path_style) {
      options.addressing = S3Addressing::kVirtualHost;
    } else if (!options.endpoint_url.empty()) {
      options.addressing = S3Addressing::kPath;
    }
    if (connection.kind == AccountKind::kAws) {
      ASSAY_ASSIGN_OR_RETURN(options.credentials, RoleProvider(connection, service_role_arn));
    } else {
      ASSAY_ASSIGN_OR_RETURN(options.credentials,
                             ChainProvider(connection, region, ClientOf(connection)));
    }
    ASSAY_ASSIGN_OR_RETURN(std::shared_ptr<S3Store> store, S3Store::Open(options));
    const std::lock_guard lock(mutex);
    return s3_stores.emplace(key, std::move(store)).first->second;
  }

  // The region that a store of this account is opened with when nobody names one.
  std::string FirstRegion(const AccountConnection& connection) const {
    return connection.regions.empty() ? home_region : connection.regions.front();
  }

  Result<std::string> AskBucketRegion(const AccountConnection& connection,
                                      const std::string& bucket,
                                      const std::string& service_role_arn) {
    if (connection.kind == AccountKind::kDirectory) {
      ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<ObjectStore> store, OpenDirectory(connection));
      ASSAY_ASSIGN_OR_RETURN(const std::vector<BucketInfo> buckets, store->ListBuckets());
      // One listing tells of all of them: whoever asks for each of ten thousand lists once.
      bool found = false;
      const int64_t now_ms = NowMs();
      const std::lock_guard lock(mutex);
      for (const BucketInfo& info : buckets) {
        bucket_regions[{connection.account_id, info.name}] = {home_region, now_ms};
        found = found || info.name == bucket;
      }
      if (found) return home_region;
      return NotFound("account " + connection.account_id + " has no bucket of this name");
    }
    ASSAY_ASSIGN_OR_RETURN(const std::shared_ptr<S3Store> store,
                           OpenS3(connection, FirstRegion(connection), service_role_arn));
    ASSAY_ASSIGN_OR_RETURN(std::string region, store->BucketRegion(bucket));
    // The region comes even where the bucket is somebody else's.
    ASSAY_RETURN_IF_ERROR(store->List(bucket, "", "", 1).status());
    return region;
  }
};

AccountAccess::AccountAccess(std::string master_account_id, std::string home_region,
                             std::vector<AccountConnection> connections,
                             const std::atomic<bool>* cancel)
    : impl_(std::make_unique<Impl>(std::move(master_account_id), std::move(home_region), cancel)) {
  impl_->SetConnections(std::move(connections));
}

AccountAccess::~AccountAccess() = default;

const std::string& AccountAccess::master_account_id() const { return impl_->master_account_id; }
const std::string& AccountAccess::home_region() const { return impl_->home_region; }

AccountConnection AccountAccess::ConnectionOf(const std::string& account_id) const {
  return impl_->ConnectionOf(account_id);
}

void AccountAccess::SetConnections(std::vector<AccountConnection> connections) {
  impl_->SetConnections(std::move(connections));
}

Result<std::shared_ptr<ObjectStore>> AccountAccess::OpenStore(const std::string& account_id,
                                                              const std::string& region,
                                                              const std::string& service_role_arn) {
  if (!IsAccountId(account_id)) return NotFound("no account has this ID");
  const AccountConnection connection = ConnectionOf(account_id);
  if (connection.kind == AccountKind::kDirectory) return impl_->OpenDirectory(connection);
  ASSAY_ASSIGN_OR_RETURN(std::shared_ptr<S3Store> store,
                         OpenS3Store(account_id, region, service_role_arn));
  return std::shared_ptr<ObjectStore>(std::move(store));
}

Result<std::shared_ptr<S3Store>> AccountAccess::OpenS3Store(const std::string& account_id,
                                                            const std::string& region,
                                                            const std::string& service_role_arn) {
  const AccountConnection connection = ConnectionOf(account_id);
  if (connection.kind == AccountKind::kDirectory) {
    return Unimplemented("account " + account_id + " is a folder");
  }
  return impl_->OpenS3(connection, region.empty() ? impl_->FirstRegion(connection) : region,
                       service_role_arn);
}

Result<std::string> AccountAccess::BucketRegion(const std::string& account_id,
                                                const std::string& bucket,
                                                const std::string& service_role_arn) {
  const std::pair key(account_id, bucket);
  {
    const std::lock_guard lock(impl_->mutex);
    const auto known = impl_->bucket_regions.find(key);
    if (known != impl_->bucket_regions.end() && NowMs() - known->second.at_ms < kRegionBelievedMs) {
      return known->second.region;
    }
  }
  ASSAY_ASSIGN_OR_RETURN(std::string region, impl_->AskBucketRegion(ConnectionOf(account_id),
                                                                    bucket, service_role_arn));
  const std::lock_guard lock(impl_->mutex);
  impl_->bucket_regions[key] = {region, NowMs()};
  return region;
}

Result<AwsServiceContext> AccountAccess::ServiceContext(const std::string& account_id,
                                                        const std::string& service,
                                                        const std::string& region,
                                                        const std::string& service_role_arn) {
  ASSAY_ASSIGN_OR_RETURN(const AccountConnection connection, impl_->AwsConnection(account_id));
  ASSAY_ASSIGN_OR_RETURN(ProviderPtr provider, impl_->RoleProvider(connection, service_role_arn));
  return impl_->Context(connection, service, region, std::move(provider));
}

Result<AwsServiceContext> AccountAccess::SourceContext(const std::string& account_id,
                                                       const std::string& service) {
  ASSAY_ASSIGN_OR_RETURN(const AccountConnection connection, impl_->AwsConnection(account_id));
  ASSAY_ASSIGN_OR_RETURN(ProviderPtr provider, impl_->SourceProvider(connection));
  return impl_->Context(connection, service, impl_->home_region, std::move(provider));
}

Result<AwsServiceContext> AccountAccess::HandshakeContext(const std::string& account_id,
                                                          const std::string& service,
                                                          std::string_view role_name) {
  ASSAY_ASSIGN_OR_RETURN(const AccountConnection connection, impl_->AwsConnection(account_id));
  auto provider = std::make_shared<CredentialProvider>(
      [impl = impl_.get(), connection, role = std::string(role_name)] {
        return impl->AssumeHandshake(connection, role, nullptr);
      });
  return impl_->Context(connection, service, impl_->home_region, std::move(provider));
}

Result<AwsCredentials> AccountAccess::AssumeHandshakeRole(const std::string& account_id,
                                                          std::string_view role_name,
                                                          AwsError* error) {
  ASSAY_ASSIGN_OR_RETURN(const AccountConnection connection, impl_->AwsConnection(account_id));
  return impl_->AssumeHandshake(connection, role_name, error);
}

void AccountAccess::RememberHandshakeRole(const std::string& account_id,
                                          std::string_view role_name) {
  const std::lock_guard lock(impl_->mutex);
  impl_->handshake_roles[account_id] = role_name;
}

}  // namespace assay
