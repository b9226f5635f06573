// /api/v1: what enabling needs, CloudFormation templates, settings that people change.
#include "accounts/templates.h"
#include "api/console_request.h"
#include "api/json_io.h"
#include "aws/cloudtrail.h"
#include "aws/iam.h"
#include "aws/sts.h"
#include "store/account_rows.h"
#include "store/setting_rows.h"

namespace assay {
namespace {

constexpr int64_t kHourMs = int64_t{3600} * 1000;

void WriteCheck(std::string_view name, std::string_view state, std::string_view detail,
                std::string_view remedy, JsonOut* out) {
  out->BeginObject();
  out->Text("name", name);
  out->Text("state", state);
  out->Text("detail", detail);
  out->Text("remedy", remedy);
  out->EndObject();
}

// One thing that must answer: there, missing, or not to be told.
void WriteAnswer(std::string_view name, const Status& status, std::string_view found,
                 std::string_view remedy, JsonOut* out) {
  if (status.ok()) return WriteCheck(name, "ok", found, "", out);
  const bool unknown = status.code() == StatusCode::kUnavailable;
  WriteCheck(name, unknown ? "unknown" : "missing", status.message(), remedy, out);
}

Status ReachStore(const ServiceContext& context, const std::string& role_arn) {
  const std::string& master = context.access->master_account_id();
  ASSAY_ASSIGN_OR_RETURN(
      const std::shared_ptr<ObjectStore> store,
      context.access->OpenStore(master, context.access->home_region(), role_arn));
  return store->ListBuckets().status();
}

// In an account of AWS: the credentials, the role and the trail's service.
void WriteAwsChecks(const ServiceContext& context, JsonOut* out) {
  const std::string& master = context.access->master_account_id();
  const auto ask = [&](const char* service, auto call) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const AwsServiceContext aws,
                           context.access->SourceContext(master, service));
    return call(aws);
  };
  WriteAnswer(
      "Credentials of the master account",
      ask("sts",
          [&](const AwsServiceContext& aws) {
            ASSAY_ASSIGN_OR_RETURN(const CallerIdentity caller, GetCallerIdentity(aws));
            return caller.account_id == master
                       ? Status::Ok()
                       : PermissionDenied("these are credentials of account " + caller.account_id);
          }),
      "The service's own credentials are of this account.",
      "Give the service credentials of account " + master + ".", out);
  const std::string configured = context.access->ConnectionOf(master).service_role;
  const std::string role = configured.empty() ? std::string(kServiceLinkedRole)
                                              : configured.substr(configured.rfind('/') + 1);
  const Status found = ask(
      "iam", [&](const AwsServiceContext& aws) { return IamClient(aws).GetRole(role).status(); });
  if (found.code() == StatusCode::kNotFound && configured.empty()) {
    WriteCheck("Role " + role, "missing", "It does not exist yet.",
               "Enable makes it; the master template makes what that needs.", out);
  } else {
    WriteAnswer("Role " + role, found, "It exists.",
                "Launch the CloudFormation template for the master account.", out);
  }
  WriteAnswer("AWS CloudTrail",
              ask("cloudtrail",
                  [&](const AwsServiceContext& aws) {
                    return CloudTrailClient(aws).DescribeTrail(std::string(kTrailName)).status();
                  }),
              "It answers; the trail is made when buckets are selected.",
              "Let the service's role call CloudTrail; see the CloudFormation template.", out);
}

Result<std::string> SetupRoute(const ConsoleRequest& request) {
  const ServiceContext& context = *request.context;
  ASSAY_ASSIGN_OR_RETURN(const ServiceState state, context.accounts->State());
  const std::string& master = context.access->master_account_id();
  std::string role_arn;
  ASSAY_RETURN_IF_ERROR(context.database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(const std::optional<AccountRow> row, GetAccount(tx, master));
    role_arn = row ? row->service_role_arn : "";
    return Status::Ok();
  }));
  JsonOut out;
  out.BeginObject();
  out.Bool("enabled", state.enabled);
  out.Text("masterAccountId", master);
  out.Text("homeRegion", context.access->home_region());
  out.Name("checks").BeginArray();
  if (master.empty()) {
    WriteCheck("Master account", "missing", "No master account is set.",
               "Run assay init --master-account ID, or set master_account in assay.toml.", &out);
  } else if (context.access->ConnectionOf(master).kind == AccountKind::kAws) {
    WriteAwsChecks(context, &out);
    if (!role_arn.empty()) {
      WriteAnswer("Object store", ReachStore(context, role_arn), "Its buckets can be listed.",
                  "Look at the policy of the role and at the endpoint.", &out);
    }
  } else {
    WriteAnswer("Object store", ReachStore(context, ""), "Its buckets can be listed.",
                "Look at the folder or endpoint and the keys of this account in assay.toml.", &out);
    WriteCheck("Roles", "not-needed", "This account has no roles.", "", &out);
    WriteCheck("AWS CloudTrail", "not-needed", "This account has no CloudTrail.", "", &out);
  }
  out.EndArray();
  out.EndObject();
  return out.Take();
}

// The member template asks for the master account ID: the parameter's default becomes ours.
std::string WithMasterAccount(std::string_view text, const std::string& master) {
  static constexpr std::string_view kParameter = "  MasterAccountId:\n";
  std::string filled(text);
  const size_t at = filled.find(kParameter);
  if (at != std::string::npos) {
    filled.insert(at + kParameter.size(), "    Default: '" + master + "'\n");
  }
  return filled;
}

Result<std::string> TemplateRoute(const ConsoleRequest& request) {
  const CloudFormationTemplate* found = FindCloudFormationTemplate(request.path.front());
  if (found == nullptr) return NotFound("there is no such template");
  JsonOut out;
  out.BeginObject();
  out.Text("name", found->name);
  out.Text("fileName", found->file_name);
  out.Text("template",
           WithMasterAccount(found->text, request.context->access->master_account_id()));
  out.EndObject();
  return out.Take();
}

Result<int64_t> RetentionMonths(const ConsoleRequest& request) {
  std::optional<std::string> stored;
  ASSAY_RETURN_IF_ERROR(request.context->database->Read([&](Transaction& tx) -> Status {
    ASSAY_ASSIGN_OR_RETURN(stored, GetSetting(tx, kRetentionMonthsSetting));
    return Status::Ok();
  }));
  return stored ? std::atoll(stored->c_str()) : request.context->retention_months;
}

Result<std::string> SettingsRoute(const ConsoleRequest& request) {
  const ServiceContext& context = *request.context;
  ASSAY_ASSIGN_OR_RETURN(const int64_t months, RetentionMonths(request));
  JsonOut out;
  out.BeginObject();
  out.Int("retentionMonths", months);
  out.Text("pricePerGb", DollarString((context.price_per_gb_hundredth_cents + 50) / 100));
  out.Int("defaultQuotaBytes", context.default_quota_bytes);
  out.Int("snapshotMaxAgeHours", context.snapshot_max_age_ms / kHourMs);
  out.Uint("maxObjectBytes", context.max_object_bytes);
  out.Int("comparisonIntervalSeconds", context.comparison_interval_ms / 1000);
  out.EndObject();
  return out.Take();
}

Result<std::string> ChangeSettingsRoute(const ConsoleRequest& request) {
  ASSAY_ASSIGN_OR_RETURN(const std::optional<int64_t> months,
                         IntMemberOf(request.body, "retentionMonths"));
  if (!months || *months < 1 || *months > 12) {
    return InvalidArgument("retentionMonths must be 1 to 12");
  }
  const auto write = [&](Transaction& tx) -> Status {
    ASSAY_RETURN_IF_ERROR(PutSetting(tx, kRetentionMonthsSetting, std::to_string(*months)));
    return Audit(tx, request, "ChangeRetention", std::to_string(*months) + " months");
  };
  ASSAY_RETURN_IF_ERROR(request.context->database->Write(write));
  return SettingsRoute(request);
}

}  // namespace

std::vector<ConsoleRoute> SetupRoutes() {
  return {
      {"GET", "/setup", false, "", SetupRoute},
      {"GET", "/templates/{name}", false, "", TemplateRoute},
      {"GET", "/settings", false, "", SettingsRoute},
      {"PATCH", "/settings", true, "", ChangeSettingsRoute},
  };
}

}  // namespace assay
