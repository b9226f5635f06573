// The command line of `assay scan`.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string>

#include "cli/byte_size.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/scan_options.h"
#include "cli/scan_run.h"
#include "cli/stop_signal.h"

namespace assay {
namespace {

constexpr const char* kFooter = R"(Examples:
  Look at a folder, and at what a program writes:
    assay scan ~/exports
    mysqldump shop | assay scan -
  Look at a bucket (credentials as for the AWS CLI), or at a store of your own:
    assay scan s3://bucket/2024/ --profile audit
    assay scan s3://bucket --endpoint-url http://127.0.0.1:9000
  Keep the result for programs, for people, for spreadsheets:
    assay scan . --format jsonl -o scan.jsonl
    assay scan . --format html -o report.html
    assay scan . --format csv | column -ts,
  Only CSV files and nothing below tmp/, only high risk:
    assay scan . --include '*.csv' --exclude 'tmp/**' --min-risk 8
  In a pipeline: fail when there is something new of high risk:
    assay scan . --baseline last.jsonl --fail-on 'risk>=8'
  A long scan that may be interrupted:
    assay scan s3://bucket --format jsonl -o scan.jsonl --resume scan.state

Exit codes: 0 done, 1 error, 2 wrong usage, 3 --fail-on matched, 4 objects could not be classified
(--fail-on-scan-errors), 130 interrupted.)";

// Options as they are typed; turned into ScanOptions once all are there.
struct TypedOptions {
  ScanOptions scan;
  std::string format = "human";
  std::string max_object_size = "20MB";
  std::string fail_on;
  std::string progress = "auto";
  std::string addressing = "auto";
  bool no_verify_ssl = false;
};

// Cores this process may use.
uint32_t UsableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<uint32_t>(std::max(1, CPU_COUNT(&set)));
}

void AddTargetOptions(CLI::App* app, TypedOptions* typed) {
  ScanOptions& scan = typed->scan;
  app->add_option(
         "target", scan.targets,
         "Files, directories, - (standard input), s3://bucket[/prefix], s3:// (all buckets)")
      ->required()
      ->type_name("TARGET")
      ->group("Targets");
  app->add_option(
         "--include", scan.include,
         "Only keys that match: * any but /, ** any, ? one, [a-z]; without / it is compared "
         "with the file name. May be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false)
      ->group("Targets");
  app->add_option("--exclude", scan.exclude, "No keys that match. May be repeated")
      ->type_name("GLOB")
      ->allow_extra_args(false)
      ->group("Targets");
  app->add_option("--max-object-size", typed->max_object_size,
                  "How much of an object is read: 20MB, 1GB ...; 0 = all of it")
      ->type_name("SIZE")
      ->capture_default_str()
      ->group("Targets");
}

void AddOutputOptions(CLI::App* app, TypedOptions* typed) {
  ScanOptions& scan = typed->scan;
  app->add_option("-f,--format", typed->format, "human, jsonl, json, csv, sarif or html")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"human", "jsonl", "json", "csv", "sarif", "html"}))
      ->capture_default_str()
      ->group("Output");
  app->add_option("-o,--output", scan.output, "Write the report to a file")
      ->type_name("FILE")
      ->group("Output");
  app->add_option("--min-risk", scan.min_risk,
                  "Report only objects of at least this risk, and those not classified")
      ->type_name("0-10")
      ->check(CLI::Range(0, 10))
      ->group("Output");
  app->add_flag("--show-values", scan.show_values,
                "Put the values found into the report; by default they are redacted and hashed")
      ->group("Output");
  app->add_option("--hash-key", scan.hash_key_file,
                  "Key file of the hashes; by default a key of yours kept in ~/.local/state/assay")
      ->type_name("FILE")
      ->group("Output");
  app->add_option("--baseline", scan.baseline,
                  "Report only what is new or changed since this earlier --format jsonl")
      ->type_name("OLD.jsonl")
      ->group("Output");
  app->add_option("--progress", typed->progress, "auto, always or never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str()
      ->group("Output");
  app->add_flag("-q,--quiet", scan.quiet, "No progress, no summary, only errors")->group("Output");
  app->add_flag("-v,--verbose", scan.verbose, "More rows in the table")->group("Output");
  app->add_flag("--no-color", scan.no_color, "No colours (also: NO_COLOR=1)")->group("Output");
}

void AddDetectionOptions(CLI::App* app, TypedOptions* typed) {
  ScanOptions& scan = typed->scan;
  app->add_option("--enable", scan.enable,
                  "Look only for these identifiers or themes (see 'assay identifiers list')")
      ->type_name("ID,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Detection");
  app->add_option("--disable", scan.disable, "Do not look for these")
      ->type_name("ID,...")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("Detection");
  app->add_option("--identifiers", scan.identifiers_file, "Your own identifiers (YAML)")
      ->type_name("FILE")
      ->group("Detection");
  app->add_option("--allow", scan.allow_files,
                  "Values never to report: one a line, or regex:PATTERN. May be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group("Detection");
  app->add_flag("--report-examples", scan.report_examples,
                "Also report well-known test values (AWS documentation keys, test cards)")
      ->group("Detection");
}

void AddRunOptions(CLI::App* app, TypedOptions* typed) {
  ScanOptions& scan = typed->scan;
  scan.jobs = UsableCores();
  app->add_option("-j,--jobs", scan.jobs, "Classifier processes; by default one per core")
      ->type_name("N")
      ->default_str("cores")
      ->check(CLI::Range(1, 1024))
      ->group("Running");
  app->add_option("--timeout", scan.object_timeout_s, "Seconds one object may take")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str()
      ->group("Running");
  app->add_option("--resume", scan.resume,
                  "Keep the state here, and go on where an interrupted scan stopped (needs -o and "
                  "jsonl, json, csv or sarif)")
      ->type_name("STATE")
      ->group("Running");
  app->add_option(
         "--fail-on", typed->fail_on,
         "Exit 3 when an object matches, as 'risk>=8', 'pii=high', 'risk>=5 and count>99', "
         "'outcome=failed'")
      ->type_name("CONDITION")
      ->group("Running");
  app->add_flag("--fail-on-scan-errors", scan.fail_on_scan_errors,
                "Exit 4 when an object could not be classified")
      ->group("Running");
}

void AddS3Options(CLI::App* app, TypedOptions* typed) {
  S3StoreOptions& s3 = typed->scan.s3;
  app->add_option("--endpoint-url,--endpoint", s3.endpoint_url, "S3 server (AWS_ENDPOINT_URL)")
      ->type_name("URL")
      ->group("S3");
  app->add_option("--region", s3.region, "Region (AWS_REGION)")->type_name("REGION")->group("S3");
  app->add_option("--profile", s3.profile, "Profile of ~/.aws (AWS_PROFILE)")
      ->type_name("NAME")
      ->group("S3");
  CLI::Option* role =
      app->add_option("--role-arn", s3.role_arn, "Role to assume")->type_name("ARN")->group("S3");
  app->add_option("--external-id", s3.external_id, "External id the role asks for")
      ->type_name("ID")
      ->needs(role)
      ->group("S3");
  app->add_flag("--no-sign-request", s3.no_sign_request, "Anonymous requests")->group("S3");
  app->add_flag("--request-payer", s3.requester_pays, "Agree to pay in requester-pays buckets")
      ->group("S3");
  app->add_option("--addressing-style", typed->addressing, "auto, path or virtual")
      ->type_name("STYLE")
      ->check(CLI::IsMember({"auto", "path", "virtual"}))
      ->capture_default_str()
      ->group("S3");
  app->add_option("--ca-bundle", s3.ca_bundle, "Trusted authorities, PEM (AWS_CA_BUNDLE)")
      ->type_name("FILE")
      ->group("S3");
  app->add_flag("--no-verify-ssl", typed->no_verify_ssl, "Do not verify certificates")->group("S3");
}

// Checks what no single option can, and fills in what was typed as text.
void Complete(TypedOptions* typed) {
  ScanOptions& scan = typed->scan;
  scan.format = *ReportFormatFromName(typed->format);
  const Result<uint64_t> size = ParseByteSize(typed->max_object_size);
  if (!size.ok()) throw CLI::ValidationError("--max-object-size: " + size.status().message());
  scan.max_object_bytes = *size;
  if (!typed->fail_on.empty()) {
    Result<FailOn> condition = FailOn::Parse(typed->fail_on);
    if (!condition.ok()) throw CLI::ValidationError(condition.status().message());
    scan.fail_on = *std::move(condition);
  }
  scan.progress = typed->progress == "always"  ? When::kAlways
                  : typed->progress == "never" ? When::kNever
                                               : When::kAuto;
  scan.s3.addressing = typed->addressing == "path"      ? S3Addressing::kPath
                       : typed->addressing == "virtual" ? S3Addressing::kVirtualHost
                                                        : S3Addressing::kAuto;
  scan.s3.verify_tls = !typed->no_verify_ssl;
  if (std::count(scan.targets.begin(), scan.targets.end(), "-") > 1) {
    throw CLI::ValidationError("- (standard input) can be scanned only once");
  }
  if (scan.resume.empty()) return;
  const bool to_file = !scan.output.empty() && scan.output != "-";
  const bool can_resume = scan.format != ReportFormat::kHuman && scan.format != ReportFormat::kHtml;
  if (!to_file || !can_resume) {
    throw CLI::ValidationError(
        "--resume needs -o FILE and --format jsonl, json, csv or sarif, so that the report can be "
        "gone on with");
  }
  if (std::count(scan.targets.begin(), scan.targets.end(), "-") > 0) {
    throw CLI::ValidationError("--resume cannot go on with - (standard input)");
  }
}

}  // namespace

void AddScanCommand(CLI::App& app, CommandBody* chosen) {
  CLI::App* scan =
      app.add_subcommand("scan", "Classify every object of files, directories and S3 buckets");
  scan->footer(kFooter);
  const auto typed = std::make_shared<TypedOptions>();
  AddTargetOptions(scan, typed.get());
  AddOutputOptions(scan, typed.get());
  AddDetectionOptions(scan, typed.get());
  AddRunOptions(scan, typed.get());
  AddS3Options(scan, typed.get());
  scan->callback([typed, chosen] {
    Complete(typed.get());
    *chosen = [typed] {
      InstallStopSignals();
      return RunScan(typed->scan);
    };
  });
}

}  // namespace assay
