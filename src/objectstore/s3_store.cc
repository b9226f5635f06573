#include "objectstore/s3_store.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "aws/aws_time.h"
#include "aws/credentials.h"
#include "aws/http.h"
#include "aws/shared_config.h"
#include "objectstore/s3_bucket_documents.h"
#include "objectstore/s3_client.h"
#include "objectstore/s3_xml.h"

namespace assay {
namespace {

constexpr uint32_t kMaxPage = 1000;
// A key is at most 1,024 bytes, three times that when encoded; the rest of its entry is less.
constexpr size_t kListingBytesPerKey = 6144;
constexpr size_t kListingBytes = size_t{1} << 20;
constexpr size_t kBucketListBytes = size_t{8} << 20;
constexpr uint32_t kDefaultAttempts = 6;
constexpr std::string_view kMetaPrefix = "x-amz-meta-";

// An ETag as it is kept: without quotes, and without the mark of weakness some gateways add.
std::string_view PlainEtag(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return etag;
}

void TakeFacts(const HttpReply& reply, ObjectInfo* object) {
  object->server_encryption = reply.Header("x-amz-server-side-encryption");
  object->sse_kms_key_id = reply.Header("x-amz-server-side-encryption-aws-kms-key-id");
  object->sse_customer_algorithm = reply.Header("x-amz-server-side-encryption-customer-algorithm");
  object->content_type_header = reply.Header("content-type");
  object->version_id = reply.Header("x-amz-version-id");
  if (object->version_id == "null") object->version_id.clear();
  // The header is left out for the standard class.
  const std::string& storage_class = reply.Header("x-amz-storage-class");
  if (!storage_class.empty()) object->storage_class = storage_class;
  if (object->storage_class.empty()) object->storage_class = "STANDARD";
  object->user_metadata.clear();
  for (auto header = reply.headers.lower_bound(kMetaPrefix);
       header != reply.headers.end() && header->first.starts_with(kMetaPrefix); ++header) {
    object->user_metadata[header->first.substr(kMetaPrefix.size())] = header->second;
  }
}

// Takes a decimal number off the front of *text.
bool TakeNumber(std::string_view* text, uint64_t* value) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (error != std::errc()) return false;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return true;
}

// "bytes 5-9/100" -> first byte 5, total size 100.
bool ParseContentRange(std::string_view text, uint64_t* first, uint64_t* total) {
  uint64_t last = 0;
  if (!text.starts_with("bytes ")) return false;
  text.remove_prefix(6);
  if (!TakeNumber(&text, first) || !text.starts_with('-')) return false;
  text.remove_prefix(1);
  if (!TakeNumber(&text, &last) || !text.starts_with('/')) return false;
  text.remove_prefix(1);
  return TakeNumber(&text, total) && text.empty();
}

// One range of one object on its way into memory, over as many replies as it takes.
class Download {
 public:
  Download(ObjectInfo* object, uint64_t offset, char* out, uint64_t length)
      : object_(object), offset_(offset), out_(out), length_(length) {}

  S3Request NextRequest();
  // The place where the body goes; looks at each reply's head before taking a byte of it.
  bool Take(const HttpReply& head, std::string_view piece);
  // To be called when a reply has ended without a failure; kUnavailable: it was too short.
  Status Finish(const HttpReply& head);
  uint64_t done() const { return done_; }

 private:
  Status CheckHead(const HttpReply& head);

  ObjectInfo* const object_;
  const uint64_t offset_;
  char* const out_;
  const uint64_t length_;
  uint64_t done_ = 0;  // bytes at out_
  uint64_t skip_ = 0;  // bytes of this reply that were not asked for
  bool head_seen_ = false;
  Status verdict_;  // of this reply's head
};

S3Request Download::NextRequest() {
  head_seen_ = false;
  skip_ = 0;
  verdict_ = Status::Ok();
  S3Request request;
  request.what = "GetObject";
  request.bucket = object_->bucket;
  request.key = object_->key;
  if (!object_->etag.empty()) request.headers.emplace_back("If-Match", '"' + object_->etag + '"');
  const uint64_t first = offset_ + done_;
  // A whole object is asked for without a range: an empty one has no byte to name.
  if (first > 0 || length_ < object_->size) {
    request.headers.emplace_back(
        "Range", "bytes=" + std::to_string(first) + '-' + std::to_string(offset_ + length_ - 1));
  }
  request.sink = [this](const HttpReply& head, std::string_view piece) {
    return Take(head, piece);
  };
  return request;
}

Status Download::CheckHead(const HttpReply& head) {
  head_seen_ = true;
  const std::string_view etag = PlainEtag(head.Header("etag"));
  if (!object_->etag.empty() && !etag.empty() && etag != object_->etag) {
    return Aborted("the object changed since it was listed");
  }
  const uint64_t first = offset_ + done_;
  if (head.status == 206) {
    uint64_t reply_first = 0;
    uint64_t total = 0;
    if (!ParseContentRange(head.Header("content-range"), &reply_first, &total) ||
        reply_first > first) {
      return Unavailable("the store answered with another range than it was asked for");
    }
    if (total != object_->size) return Aborted("the object changed its size");
    skip_ = first - reply_first;
  } else {
    skip_ = first;  // the whole object, whatever was asked for
  }
  TakeFacts(head, object_);
  return Status::Ok();
}

bool Download::Take(const HttpReply& head, std::string_view piece) {
  if (!head_seen_) verdict_ = CheckHead(head);
  if (!verdict_.ok()) return false;
  const auto skipped = static_cast<size_t>(std::min<uint64_t>(skip_, piece.size()));
  skip_ -= skipped;
  piece.remove_prefix(skipped);
  const auto taken = static_cast<size_t>(std::min<uint64_t>(length_ - done_, piece.size()));
  if (taken > 0) std::memcpy(out_ + done_, piece.data(), taken);
  done_ += taken;
  // More bytes than asked for: the rest of the reply is not worth waiting for.
  return taken == piece.size();
}

Status Download::Finish(const HttpReply& head) {
  if (!head_seen_) verdict_ = CheckHead(head);
  ASSAY_RETURN_IF_ERROR(verdict_);
  if (done_ < length_) return Unavailable("the body is shorter than the object");
  return Status::Ok();
}

struct Position {
  std::string token;     // of the server
  std::string last_key;  // the listing goes on after this key
};

// Tokens of ours carry both, so that a listing can go on where the server forgot its own token.
std::string EncodePosition(const Position& position) {
  return UriEncode(position.token) + '/' + UriEncode(position.last_key);
}

Result<Position> DecodePosition(const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return InvalidArgument("no continuation of a listing");
  return Position{UriDecode(text.substr(0, slash)), UriDecode(text.substr(slash + 1))};
}

// Directory buckets (S3 Express) are the only ones not listed in byte order.
bool IsListedInOrder(const std::string& bucket) { return !bucket.ends_with("--x-s3"); }

class S3StoreImpl : public S3Store {
 public:
  explicit S3StoreImpl(std::unique_ptr<S3Client> client)
      : client_(std::move(client)), documents_(client_.get()) {}

  Result<std::vector<BucketInfo>> ListBuckets() override;
  Result<std::string> BucketRegion(const std::string& bucket) override;
  Status CreateBucket(const std::string& bucket) override;
  Status PutBucketPolicy(const std::string& bucket, const std::string& policy) override;
  Result<ListPage> List(const std::string& bucket, const std::string& prefix,
                        const std::string& continuation, uint32_t max_keys) override;
  std::string ContinuationAfter(const std::string& bucket, const std::string& key) override;
  Result<LevelPage> ListLevel(const std::string& bucket, const std::string& prefix,
                              const std::string& after, uint32_t max_names) override;
  S3BucketDocuments* bucket_documents() override { return &documents_; }
  Result<ObjectInfo> Head(const std::string& bucket, const std::string& key) override;
  Result<uint64_t> Read(ObjectInfo* object, uint64_t offset, char* out, uint64_t length) override;

 private:
  Result<S3Listing> ListAfter(const std::string& bucket, const std::string& prefix,
                              const Position& position, uint32_t max_keys);

  const std::unique_ptr<S3Client> client_;
  S3BucketDocuments documents_;
};

Result<std::vector<BucketInfo>> S3StoreImpl::ListBuckets() {
  std::vector<BucketInfo> buckets;
  std::string token;
  do {
    S3Request request;
    request.what = "ListBuckets";
    request.max_body = kBucketListBytes;
    if (!token.empty()) request.query = {{"continuation-token", token}};
    const S3Reply reply = client_->SendWithRetries(request);
    if (!reply.failure.status.ok()) return reply.failure.status;
    ASSAY_ASSIGN_OR_RETURN(S3BucketPage page, ParseS3Buckets(reply.http.body));
    if (!page.next_token.empty() && (page.next_token == token || page.buckets.empty())) {
      return DataLoss("ListBuckets: the store's pages do not end");
    }
    std::move(page.buckets.begin(), page.buckets.end(), std::back_inserter(buckets));
    token = std::move(page.next_token);
  } while (!token.empty());
  return buckets;
}

Result<std::string> S3StoreImpl::BucketRegion(const std::string& bucket) {
  S3Request request;
  request.what = "HeadBucket";
  request.method = "HEAD";
  request.bucket = bucket;
  const S3Reply reply = client_->SendWithRetries(request);
  // The header comes even with a refusal.
  const std::string& region = reply.http.Header("x-amz-bucket-region");
  if (!region.empty() && reply.http.status != 404) return region;
  if (!reply.failure.status.ok()) return reply.failure.status;
  return client_->RegionOf(bucket);
}

Status S3StoreImpl::CreateBucket(const std::string& bucket) {
  S3Request request;
  request.what = "CreateBucket";
  request.method = "PUT";
  request.bucket = bucket;
  const std::string region = client_->RegionOf(bucket);
  // The oldest region is the one that must not be named.
  if (region != "us-east-1") {
    request.headers = {{"Content-Type", "application/xml"}};
    request.body =
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>" +
        region + "</LocationConstraint></CreateBucketConfiguration>";
  }
  const S3Reply reply = client_->SendWithRetries(request);
  if (reply.failure.error.code == "BucketAlreadyOwnedByYou") return Status::Ok();
  return reply.failure.status;
}

Status S3StoreImpl::PutBucketPolicy(const std::string& bucket, const std::string& policy) {
  S3Request request;
  request.what = "PutBucketPolicy";
  request.method = "PUT";
  request.bucket = bucket;
  request.query = {{"policy", ""}};
  request.headers = {{"Content-Type", "application/json"}};
  request.body = policy;
  return client_->SendWithRetries(request).failure.status;
}

Result<S3Listing> S3StoreImpl::ListAfter(const std::string& bucket, const std::string& prefix,
                                         const Position& position, uint32_t max_keys) {
  S3Request request;
  request.what = "ListObjectsV2";
  request.bucket = bucket;
  request.max_body = kListingBytes + kListingBytesPerKey * max_keys;
  request.query = {{"list-type", "2"},
                   {"encoding-type", "url"},
                   {"fetch-owner", "true"},
                   {"max-keys", std::to_string(max_keys)}};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (!position.token.empty()) {
    request.query.emplace_back("continuation-token", position.token);
  } else if (!position.last_key.empty()) {
    request.query.emplace_back("start-after", position.last_key);
  }
  if (!position.token.empty() && !position.last_key.empty()) {
    const S3Reply reply = client_->Send(request);
    if (reply.failure.status.ok()) return ParseS3Listing(reply.http.body, max_keys);
    // Servers answer one of these to a token they do not know (any more); after the last key the
    // listing goes on just as well.
    if (reply.http.status == 400 || reply.http.status == 500) {
      return ListAfter(bucket, prefix, {"", position.last_key}, max_keys);
    }
    if (!reply.failure.retryable) return reply.failure.status;
  }
  const S3Reply reply = client_->SendWithRetries(request);
  if (!reply.failure.status.ok()) return reply.failure.status;
  return ParseS3Listing(reply.http.body, max_keys);
}

Result<ListPage> S3StoreImpl::List(const std::string& bucket, const std::string& prefix,
                                   const std::string& continuation, uint32_t max_keys) {
  max_keys = std::clamp(max_keys, uint32_t{1}, kMaxPage);
  Position position;
  if (!continuation.empty()) {
    ASSAY_ASSIGN_OR_RETURN(position, DecodePosition(continuation));
  }
  const bool ordered = IsListedInOrder(bucket);
  const auto goes_back = [&](const S3Listing& listing) {
    return ordered && !position.last_key.empty() && !listing.objects.empty() &&
           listing.objects.front().key <= position.last_key;
  };
  Result<S3Listing> listing = ListAfter(bucket, prefix, position, max_keys);
  if (!position.token.empty() && listing.ok() && goes_back(*listing)) {
    // A token of another time, which this server took for the start.
    listing = ListAfter(bucket, prefix, {"", position.last_key}, max_keys);
  }
  if (!listing.ok()) return listing.status();
  if (goes_back(*listing)) return DataLoss("ListObjectsV2: the listing does not go on");

  ListPage page;
  page.objects = std::move(listing->objects);
  for (ObjectInfo& object : page.objects) object.bucket = bucket;
  if (listing->truncated) {
    const Position next{listing->next_token,
                        page.objects.empty() ? position.last_key : page.objects.back().key};
    page.continuation = EncodePosition(next);
    if (page.continuation == continuation || (next.token.empty() && next.last_key.empty())) {
      return DataLoss("ListObjectsV2: the store's pages do not end");
    }
  }
  return page;
}

std::string S3StoreImpl::ContinuationAfter(const std::string& bucket, const std::string& key) {
  return IsListedInOrder(bucket) && !key.empty() ? EncodePosition({"", key}) : "";
}

Result<LevelPage> S3StoreImpl::ListLevel(const std::string& bucket, const std::string& prefix,
                                         const std::string& after, uint32_t max_names) {
  if (!IsListedInOrder(bucket)) return Unimplemented("a directory bucket has no key order");
  max_names = std::clamp(max_names, uint32_t{1}, kMaxPage);
  S3Request request;
  request.what = "ListObjectsV2";
  request.bucket = bucket;
  request.max_body = kListingBytes + kListingBytesPerKey * max_names;
  request.query = {{"list-type", "2"},
                   {"encoding-type", "url"},
                   {"delimiter", "/"},
                   {"max-keys", std::to_string(max_names)}};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (!after.empty()) request.query.emplace_back("start-after", after);
  const S3Reply reply = client_->SendWithRetries(request);
  if (!reply.failure.status.ok()) return reply.failure.status;
  ASSAY_ASSIGN_OR_RETURN(S3Level level, ParseS3Level(reply.http.body, max_names));
  return LevelPage{.names = std::move(level.names), .more = level.truncated};
}

Result<ObjectInfo> S3StoreImpl::Head(const std::string& bucket, const std::string& key) {
  if (key.empty()) return InvalidArgument("HeadObject: an object needs a key");
  S3Request request;
  request.what = "HeadObject";
  request.method = "HEAD";
  request.bucket = bucket;
  request.key = key;
  const S3Reply reply = client_->SendWithRetries(request);
  if (!reply.failure.status.ok()) return reply.failure.status;
  ObjectInfo object;
  object.bucket = bucket;
  object.key = key;
  std::string_view size = reply.http.Header("content-length");
  if (!TakeNumber(&size, &object.size) || !size.empty()) {
    return DataLoss("HeadObject: the store does not say the size");
  }
  object.etag = PlainEtag(reply.http.Header("etag"));
  object.last_modified_ms = ParseHttpDate(reply.http.Header("last-modified")).value_or(0);
  TakeFacts(reply.http, &object);
  return object;
}

Result<uint64_t> S3StoreImpl::Read(ObjectInfo* object, uint64_t offset, char* out,
                                   uint64_t length) {
  if (object->key.empty()) return InvalidArgument("GetObject: an object needs a key");
  object->unreadable_reason.clear();
  if (object->size > 0 && (offset >= object->size || length == 0)) return uint64_t{0};
  if (object->size == 0) offset = 0;
  Download download(object, offset, out, std::min(length, object->size - offset));
  RetryBudget budget = client_->NewBudget();
  for (;;) {
    const uint64_t before = download.done();
    S3Reply reply = client_->Send(download.NextRequest());
    S3Failure& failure = reply.failure;
    if (failure.status.ok()) {
      failure.status = download.Finish(reply.http);
      if (failure.status.ok()) return download.done();
      failure.retryable = failure.status.code() == StatusCode::kUnavailable;
      failure.reason = ReasonForStatus(failure.status);
    }
    if (download.done() > before) budget.NoteProgress();
    if (!failure.retryable || !budget.WaitForNext(failure.retry_after)) {
      object->unreadable_reason = failure.reason;
      return failure.status;
    }
  }
}

// Settings by option, environment and profile, in this order.
class Settings {
 public:
  Settings(const S3StoreOptions& options, const SharedConfig& config)
      : options_(options),
        config_(config),
        environment_(ProcessEnvironment()),
        profile_(ProfileName(options.profile, environment_)) {}

  std::string Region() const {
    if (!options_.region.empty()) return options_.region;
    if (const auto region = environment_("AWS_REGION")) return *region;
    if (const auto region = environment_("AWS_DEFAULT_REGION")) return *region;
    return config_.Get(profile_, "region").value_or("us-east-1");
  }

  std::string EndpointUrl() const {
    if (!options_.endpoint_url.empty()) return options_.endpoint_url;
    if (IsTrue("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")) return "";
    if (const auto url = environment_("AWS_ENDPOINT_URL_S3")) return *url;
    if (const auto url = environment_("AWS_ENDPOINT_URL")) return *url;
    if (const auto services = config_.Get(profile_, "services")) {
      if (const auto url = config_.GetService(*services, "s3.endpoint_url")) return *url;
    }
    return config_.Get(profile_, "endpoint_url").value_or("");
  }

  std::string CaBundle() const {
    if (!options_.ca_bundle.empty()) return options_.ca_bundle;
    if (const auto path = environment_("AWS_CA_BUNDLE")) return *path;
    return config_.Get(profile_, "ca_bundle").value_or("");
  }

  S3Addressing Addressing() const {
    if (options_.addressing != S3Addressing::kAuto) return options_.addressing;
    const std::string style = config_.Get(profile_, "s3.addressing_style").value_or("auto");
    if (style == "path") return S3Addressing::kPath;
    if (style == "virtual") return S3Addressing::kVirtualHost;
    return S3Addressing::kAuto;
  }

  uint32_t MaxAttempts() const {
    if (options_.max_attempts != 0) return options_.max_attempts;
    std::string text = environment_("AWS_MAX_ATTEMPTS").value_or("");
    if (text.empty()) text = config_.Get(profile_, "max_attempts").value_or("");
    std::string_view rest = text;
    uint64_t attempts = 0;
    if (!TakeNumber(&rest, &attempts) || !rest.empty() || attempts == 0) return kDefaultAttempts;
    return static_cast<uint32_t>(std::min<uint64_t>(attempts, 100));
  }

  bool IsTrue(const char* variable, const char* setting) const {
    return environment_(variable).value_or(config_.Get(profile_, setting).value_or("")) == "true";
  }

 private:
  const S3StoreOptions& options_;
  const SharedConfig& config_;
  const Environment environment_;
  const std::string profile_;
};

std::unique_ptr<HttpClient> MakeHttpClient(const S3StoreOptions& options,
                                           const Settings& settings) {
  HttpClientOptions http;
  http.verify_tls = options.verify_tls;
  http.ca_bundle = settings.CaBundle();
  http.connect_timeout = options.connect_timeout;
  http.stall_timeout = options.stall_timeout;
  http.cancel = options.cancel;
  return std::make_unique<HttpClient>(std::move(http));
}

}  // namespace

Result<std::unique_ptr<S3Store>> S3Store::Open(const S3StoreOptions& options) {
  if (options.no_sign_request && !options.role_arn.empty()) {
    return InvalidArgument("a role cannot be assumed without signing");
  }
  ASSAY_ASSIGN_OR_RETURN(const SharedConfig config, SharedConfig::Load(ProcessEnvironment()));
  const Settings settings(options, config);
  S3ClientOptions client;
  ASSAY_ASSIGN_OR_RETURN(
      client.endpoint,
      S3Endpoint::Make(
          {.custom_url = settings.EndpointUrl(),
           .addressing = settings.Addressing(),
           .fips = settings.IsTrue("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
           .dual_stack = settings.IsTrue("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")}));
  client.region = settings.Region();
  client.requester_pays = options.requester_pays;
  client.max_attempts = settings.MaxAttempts();
  client.retry_time = options.retry_time;
  client.limiter = options.limiter;
  std::unique_ptr<HttpClient> http = MakeHttpClient(options, settings);
  std::shared_ptr<CredentialProvider> credentials = options.credentials;
  if (credentials == nullptr && !options.no_sign_request) {
    CredentialOptions chain;
    chain.profile = options.profile;
    chain.role_arn = options.role_arn;
    chain.external_id = options.external_id;
    chain.role_session_name = options.role_session_name;
    chain.region = client.region;
    ASSAY_ASSIGN_OR_RETURN(credentials, MakeCredentialProvider(chain, config, http.get()));
  }
  return std::unique_ptr<S3Store>(std::make_unique<S3StoreImpl>(
      std::make_unique<S3Client>(std::move(client), std::move(http), std::move(credentials))));
}

}  // namespace assay
