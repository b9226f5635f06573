#include "api/service_api.h"

#include <chrono>

#include "api/authenticator.h"
#include "api/classic_api.h"
#include "api/console_api.h"
#include "api/console_files.h"
#include "api/request_metrics.h"
#include "api/store_calls.h"
#include "aws/aws_time.h"
#include "aws/uri.h"
#include "base/constant_time.h"
#include "jobs/s3_event.h"
#include "store/account_rows.h"

namespace assay {

struct ServiceApi::Impl {
  explicit Impl(const ServiceContext& given) : context(given) {}

  HttpAnswer Answer(const HttpCall& call, std::string* route);
  HttpAnswer Route(const HttpCall& call, std::string* route);
  HttpAnswer Page(const HttpCall& call, HttpAnswer (Impl::*page)());
  HttpAnswer Health();
  HttpAnswer Ready();
  HttpAnswer Metrics();
  HttpAnswer Events(const HttpCall& call);

  const ServiceContext context;
  Authenticator authenticator{&context};
  ClassicApi classic{&context, &authenticator};
  ConsoleApi console{&context, &authenticator};
  StoreCalls store_calls;
  RequestMetrics metrics;
};

ServiceApi::ServiceApi(const ServiceContext& context) : impl_(std::make_unique<Impl>(context)) {}
ServiceApi::~ServiceApi() = default;

HttpAnswer ServiceApi::Handle(const HttpCall& call) {
  const auto start = std::chrono::steady_clock::now();
  std::string route = "other";
  HttpAnswer answer = impl_->Answer(call, &route);
  AddSecurityHeaders(&answer);
  const auto took = std::chrono::steady_clock::now() - start;
  impl_->metrics.Add(route, answer.status,
                     std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  return answer;
}

HttpAnswer ServiceApi::Impl::Answer(const HttpCall& call, std::string* route) {
  if (!WaitsForStores(call)) return Route(call, route);
  const StoreCalls::Place place(&store_calls);
  return place.ok() ? Route(call, route) : TooManyStoreCalls(call);
}

HttpAnswer ServiceApi::Impl::Route(const HttpCall& call, std::string* route) {
  if (call.path == "/" && call.method == "POST") {
    *route = "/";
    return classic.Handle(call);
  }
  for (const auto& [path, page] :
       {std::pair("/healthz", &Impl::Health), std::pair("/readyz", &Impl::Ready),
        std::pair("/metrics", &Impl::Metrics)}) {
    if (call.path != path) continue;
    *route = path;
    return Page(call, page);
  }
  if (call.path.starts_with(kEventsPrefix)) {
    *route = "/api/v1/events/{account}";
    return Events(call);
  }
  if (call.path.starts_with(std::string(kConsolePrefix) + '/')) return console.Handle(call, route);
  if ((call.method == "GET" || call.method == "HEAD") && !call.path.starts_with("/api/")) {
    *route = "console";
    return AnswerConsoleFile(call, EmbeddedConsole());
  }
  return HttpErrorAnswer(404, "NotFound", "There is no such page.");
}

HttpAnswer ServiceApi::Impl::Page(const HttpCall& call, HttpAnswer (Impl::*page)()) {
  if (call.method == "GET" || call.method == "HEAD") return (this->*page)();
  HttpAnswer answer = HttpErrorAnswer(405, "MethodNotAllowed", "This page takes GET.");
  answer.headers.emplace_back("Allow", "GET, HEAD");
  return answer;
}

HttpAnswer ServiceApi::Impl::Health() {
  HttpAnswer answer;
  answer.body = R"({"status":"ok"})";
  return answer;
}

HttpAnswer ServiceApi::Impl::Ready() {
  // Why, only those who may sign in are told: anybody can ask for this page.
  // A database that can be read may still take nothing: its disk is full.
  if (!context.database_watch->Last().ok() || context.classification->Snapshot().database_away) {
    return ConsoleError(Unavailable("the database is away; 'assay status' tells why"));
  }
  HttpAnswer answer;
  answer.body = R"({"status":"ready"})";
  return answer;
}

HttpAnswer ServiceApi::Impl::Metrics() {
  HttpAnswer answer;
  answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = ServiceMetricsText(context);
  if (context.database_times != nullptr) {
    answer.body += DatabaseMetricsText(*context.database_times);
  }
  answer.body += metrics.Text();
  return answer;
}

HttpAnswer ServiceApi::Impl::Events(const HttpCall& call) {
  if (context.events_token.empty()) {
    return HttpErrorAnswer(404, "NotFound", "Object events are not set up: set api.events_token.");
  }
  const std::string expected = "Bearer " + context.events_token;
  if (!ConstantTimeEqual(call.Header("authorization"), expected)) {
    HttpAnswer answer = HttpErrorAnswer(401, "Unauthorized", "The token of the webhook is wrong.");
    answer.delay_ms = authenticator.Fail(call.peer_ip);
    return answer;
  }
  if (call.method != "POST") {
    HttpAnswer answer = HttpErrorAnswer(405, "MethodNotAllowed", "This page takes POST.");
    answer.headers.emplace_back("Allow", "POST");
    return answer;
  }
  const std::string account =
      UriDecode(std::string_view(call.path).substr(std::string_view(kEventsPrefix).size()));
  if (const Status status = RequireAccountId(account); !status.ok()) return ConsoleError(status);
  // Events of an account that is not integrated would never be worked off.
  std::optional<AccountRow> row;
  const Status found = context.database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(row, GetAccount(tx, account));
    return Status::Ok();
  });
  if (!found.ok()) return ConsoleError(found);
  if (!row || row->state != AccountState::kIntegrated) {
    return HttpErrorAnswer(404, "NotFound", "The account " + account + " is not integrated.");
  }
  const Result<std::vector<EventRow>> events = ParseS3Events(call.body, account, NowMs());
  if (!events.ok()) return ConsoleError(events.status());
  if (!events->empty()) {
    // Durable before the store is told that it need not send them again.
    const Status added = context.classification->AddEvents(*events);
    if (!added.ok()) return ConsoleError(added);
  }
  HttpAnswer answer;
  answer.body = "{\"accepted\":" + std::to_string(events->size()) + "}";
  return answer;
}

}  // namespace assay
