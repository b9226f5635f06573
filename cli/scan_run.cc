#include "cli/scan_run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "classify/classifier_client.h"
#include "classify/reason_text.h"
#include "cli/allow_list.h"
#include "cli/baseline.h"
#include "cli/exit_code.h"
#include "cli/hash_key.h"
#include "cli/output_file.h"
#include "cli/progress_bar.h"
#include "cli/resume_state.h"
#include "cli/scan_pipeline.h"
#include "cli/stop_signal.h"
#include "cli/terminal.h"
#include "jobs/object_batch.h"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{100};
constexpr std::chrono::milliseconds kStateEvery{300};
// After Ctrl-C, how long objects in hand may take before they are given up.
constexpr std::chrono::seconds kGrace{3};
// Classifying threads per job for objects behind a network, whose reading mostly waits.
constexpr uint32_t kReadersPerJob = 8;
constexpr uint32_t kMaxReaders = 64;

// One scan from start to end.
class ScanRun {
 public:
  explicit ScanRun(const ScanOptions& options)
      : options_(options), filter_(options.include, options.exclude) {}

  int Run() {
    Status status = Prepare();
    if (status.ok()) status = Walk();
    return Conclude(status);
  }

 private:
  Status Prepare();
  Status PrepareReport();
  Status PrepareResume();
  Status LoadRules(RulesetOptions* rules);
  Status StartPool();
  std::string CommandText() const;
  std::optional<size_t> FindTarget(const std::string& label) const;

  Status Walk();
  Status WriteAll(ScanPipeline& pipeline);
  Status WriteOne(const FinishedObject& finished);
  Status SaveState(bool complete);
  void Render(const Classification& record, FinishedObject* finished) const;
  void NoteTargetError(const ScanTarget& target, const Status& status);

  int Conclude(const Status& status);
  int CodeFor(const Status& status) const;
  void Say(const std::string& line) const;
  double Seconds() const {
    return seconds_before_ + std::chrono::duration<double>(Clock::now() - begin_).count();
  }

  const ScanOptions& options_;
  const KeyFilter filter_;
  const Clock::time_point begin_ = Clock::now();
  double seconds_before_ = 0;  // spent by the runs this one resumes
  std::vector<ScanTarget> targets_;
  std::vector<Identifier> custom_;
  std::optional<Baseline> baseline_;
  std::unique_ptr<Report> report_;
  std::optional<OutputFile> output_;
  ResumeState state_;
  bool already_complete_ = false;
  ScanStart start_;
  std::unique_ptr<ClassifierPool> pool_;
  bool wrong_usage_ = false;
  ScanSummary summary_;
  bool shows_progress_ = false;
  std::atomic<uint64_t> target_errors_{0};
  bool abandoned_ = false;  // threads are still busy with objects that nobody waits for
};

Status ScanRun::Prepare() {
  TargetOptions target_options;
  target_options.s3 = options_.s3;
  target_options.s3.cancel = &StopRequested();
  target_options.max_object_bytes = options_.max_object_bytes;
  ASSAY_ASSIGN_OR_RETURN(targets_, OpenTargets(options_.targets, target_options));
  if (!options_.baseline.empty()) {
    ASSAY_ASSIGN_OR_RETURN(baseline_, Baseline::Load(options_.baseline));
  }
  ASSAY_RETURN_IF_ERROR(StartPool());
  ASSAY_RETURN_IF_ERROR(PrepareReport());
  if (!options_.resume.empty()) ASSAY_RETURN_IF_ERROR(PrepareResume());
  if (!output_) {
    ASSAY_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(options_.output));
    output_.emplace(std::move(file));
    ASSAY_RETURN_IF_ERROR(output_->Write(report_->Begin()));
  }
  return Status::Ok();
}

Status ScanRun::LoadRules(RulesetOptions* rules) {
  rules->enabled = options_.enable;
  rules->disabled = options_.disable;
  rules->report_example_values = options_.report_examples;
  if (!options_.identifiers_file.empty()) {
    ASSAY_ASSIGN_OR_RETURN(custom_, LoadIdentifierFile(options_.identifiers_file));
    rules->custom = custom_;
  }
  for (const std::string& path : options_.allow_files) {
    ASSAY_RETURN_IF_ERROR(LoadAllowList(path, rules));
  }
  return Status::Ok();
}

Status ScanRun::StartPool() {
  ClassifierPoolOptions pool;
  pool.processes = options_.jobs;
  pool.max_object_bytes = options_.max_object_bytes;
  pool.object_timeout_ms = options_.object_timeout_s * 1000;
  pool.classify.show_values = options_.show_values;
  ASSAY_ASSIGN_OR_RETURN(pool.classify.hash_key, LoadHashKey(options_.hash_key_file));
  ASSAY_RETURN_IF_ERROR(LoadRules(&pool.ruleset));
  if (!options_.enable.empty() || !options_.disable.empty()) {
    // A name that does not exist is a mistake of the command line.
    const Status names = Ruleset::Load(pool.ruleset).status();
    wrong_usage_ = names.code() == StatusCode::kInvalidArgument;
    ASSAY_RETURN_IF_ERROR(names);
  }
  ASSAY_ASSIGN_OR_RETURN(pool_, ClassifierPool::Start(pool));
  return Status::Ok();
}

Status ScanRun::PrepareReport() {
  ReportOptions report;
  const bool to_stdout = options_.output.empty() || options_.output == "-";
  report.color = to_stdout && !options_.no_color && WantsColor(STDOUT_FILENO);
  report.width = to_stdout ? std::max<size_t>(60, TerminalWidth(STDOUT_FILENO, 120)) : 120;
  report.max_rows = options_.verbose ? 1000 : 30;
  report.show_summary = !options_.quiet;
  report.targets = options_.targets;
  if (options_.format == ReportFormat::kSarif) {
    ASSAY_ASSIGN_OR_RETURN(report.identifiers, ManagedIdentifiers());
    report.identifiers.insert(report.identifiers.end(), custom_.begin(), custom_.end());
  }
  report_ = MakeReport(options_.format, std::move(report));
  return Status::Ok();
}

// What must be the same for a scan to go on where another stopped.
std::string ScanRun::CommandText() const {
  return fmt::format("{} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {}",
                     fmt::join(options_.targets, " "), static_cast<int>(options_.format),
                     options_.output, fmt::join(options_.include, " "),
                     fmt::join(options_.exclude, " "), options_.min_risk, options_.max_object_bytes,
                     fmt::join(options_.enable, " "), fmt::join(options_.disable, " "),
                     options_.identifiers_file, options_.show_values, options_.baseline);
}

std::optional<size_t> ScanRun::FindTarget(const std::string& label) const {
  for (size_t i = 0; i < targets_.size(); ++i) {
    if (targets_[i].label == label) return i;
  }
  return std::nullopt;
}

Status ScanRun::PrepareResume() {
  ASSAY_ASSIGN_OR_RETURN(std::optional<ResumeState> earlier, LoadResumeState(options_.resume));
  if (!earlier) {
    state_.command = CommandText();
    return Status::Ok();
  }
  state_ = *std::move(earlier);
  if (state_.command != CommandText()) {
    return InvalidArgument("the state file " + options_.resume +
                           " belongs to a scan with other targets or options; repeat them, or "
                           "delete the state file to start again");
  }
  ASSAY_ASSIGN_OR_RETURN(OutputFile file,
                         OutputFile::Reopen(options_.output, state_.output_offset));
  output_.emplace(std::move(file));
  summary_ = state_.summary;
  summary_.target_errors = 0;  // what could not be listed is tried again
  seconds_before_ = summary_.seconds;
  already_complete_ = state_.complete;
  if (state_.target.empty() || already_complete_) return Status::Ok();
  const std::optional<size_t> target = FindTarget(state_.target);
  if (!target) {
    return NotFound("the state file goes on in " + state_.target +
                    ", which is not there any more; delete the state file to start again");
  }
  start_ = {*target, state_.page, state_.last_key};
  return Status::Ok();
}

// Runs on the workers.
void ScanRun::Render(const Classification& record, FinishedObject* finished) const {
  const ScanTarget& target = targets_[finished->position.target];
  const std::string key = finished->position.key;
  finished->row = MakeScanRow(record, target.shown_as + key);
  const bool known = baseline_ && baseline_->Knows(record);
  const bool too_low =
      record.outcome == Outcome::kClassified && record.dlp_risk < options_.min_risk;
  finished->reported = !known && !too_low;
  finished->unchanged = known;
  if (finished->reported) finished->text = report_->Render(record);
}

void ScanRun::NoteTargetError(const ScanTarget& target, const Status& status) {
  ++target_errors_;
  const std::string line = fmt::format("assay: cannot list {}: {}", PrintableText(target.label),
                                       PrintableText(status.message()));
  // The progress bar, if there is one, draws itself again below.
  std::fprintf(stderr, "%s%s\n", shows_progress_ ? "\r\x1b[K" : "", line.c_str());
}

Status ScanRun::Walk() {
  if (already_complete_) return Status::Ok();
  PipelineOptions pipeline_options;
  pipeline_options.targets = targets_;
  pipeline_options.start = start_;
  pipeline_options.filter = filter_;
  const bool remote = std::any_of(targets_.begin(), targets_.end(),
                                  [](const ScanTarget& target) { return target.remote; });
  pipeline_options.workers =
      remote ? std::max(options_.jobs, std::min(options_.jobs * kReadersPerJob, kMaxReaders))
             : options_.jobs;
  pipeline_options.read_ahead_bytes = options_.jobs * kReadAheadBytesPerJob;
  pipeline_options.max_object_bytes = options_.max_object_bytes;
  pipeline_options.crawl_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::system_clock::now().time_since_epoch())
                                  .count();
  pipeline_options.end_at_target_error = !options_.resume.empty();
  pipeline_options.stop = &StopRequested();
  pipeline_options.render = [this](const Classification& record, FinishedObject* finished) {
    Render(record, finished);
  };
  pipeline_options.on_target_error = [this](const ScanTarget& target, const Status& status) {
    NoteTargetError(target, status);
  };
  auto pipeline = std::make_unique<ScanPipeline>(std::move(pipeline_options), pool_.get());
  std::optional<ProgressBar> progress;
  shows_progress_ =
      options_.progress == When::kAlways ||
      (options_.progress == When::kAuto && !options_.quiet && isatty(STDERR_FILENO) != 0);
  if (shows_progress_) progress.emplace(pipeline->counters(), targets_, filter_);
  pipeline->Start();
  Status status = WriteAll(*pipeline);
  progress.reset();
  pipeline->Stop();
  // A thread that is still in a slow object cannot be joined; Conclude leaves without it.
  if (abandoned_) static_cast<void>(pipeline.release());
  return status;
}

Status ScanRun::WriteAll(ScanPipeline& pipeline) {
  auto state_saved = Clock::now();
  std::optional<Clock::time_point> stop_seen;
  bool gap = false;  // behind an object without a result nothing counts for --resume
  FinishedObject finished;
  while (true) {
    const ScanPipeline::Got got = pipeline.Next(&finished, kTick);
    if (got == ScanPipeline::Got::kEnd) break;
    if (StopRequested() && !stop_seen) stop_seen = Clock::now();
    if (got == ScanPipeline::Got::kTimeout) {
      abandoned_ = stop_seen && Clock::now() - *stop_seen > kGrace;
      if (abandoned_) break;
    } else {
      gap = gap || finished.cancelled;
      if (!finished.cancelled && !(gap && !options_.resume.empty())) {
        ASSAY_RETURN_IF_ERROR(WriteOne(finished));
      }
    }
    if (!options_.resume.empty() && Clock::now() - state_saved > kStateEvery) {
      ASSAY_RETURN_IF_ERROR(SaveState(false));
      state_saved = Clock::now();
    }
  }
  summary_.interrupted = StopRequested();
  summary_.target_errors = target_errors_;
  if (options_.resume.empty()) return Status::Ok();
  return SaveState(!summary_.interrupted && summary_.target_errors == 0);
}

Status ScanRun::WriteOne(const FinishedObject& finished) {
  if (finished.unchanged) ++summary_.unchanged;
  summary_.Add(finished.row);
  state_.target = targets_[finished.position.target].label;
  state_.page = *finished.position.page;
  state_.last_key = finished.position.key;
  if (!finished.reported) return Status::Ok();
  const FailOnFacts facts{finished.row.risk, finished.row.pii_impact, finished.row.detections,
                          finished.row.outcome};
  if (options_.fail_on.Matches(facts)) ++summary_.fail_on_matches;
  report_->Add(finished.row);
  if (finished.text.empty()) return Status::Ok();
  if (state_.wrote_any) ASSAY_RETURN_IF_ERROR(output_->Write(report_->separator()));
  state_.wrote_any = true;
  return output_->Write(finished.text);
}

Status ScanRun::SaveState(bool complete) {
  ASSAY_RETURN_IF_ERROR(output_->Sync());
  state_.output_offset = output_->offset();
  state_.complete = complete;
  summary_.seconds = Seconds();
  state_.summary = summary_;
  return SaveResumeState(state_, options_.resume);
}

void ScanRun::Say(const std::string& line) const {
  if (!options_.quiet) std::fprintf(stderr, "%s\n", line.c_str());
}

int ScanRun::Conclude(const Status& status) {
  summary_.seconds = already_complete_ ? seconds_before_ : Seconds();
  Status written = status;
  if (written.ok()) written = output_->Write(report_->End(summary_));
  if (written.ok()) written = output_->Flush();
  const bool summary_is_in_report = options_.format == ReportFormat::kHuman &&
                                    (options_.output.empty() || options_.output == "-");
  if (written.ok() && !summary_is_in_report) Say(SummaryLine(summary_));
  // Cancelled: Ctrl-C, or a closed pipe (| head). Neither needs a message.
  if (!written.ok() && written.code() != StatusCode::kCancelled) {
    std::fprintf(stderr, "assay: %s\n", PrintableText(written.message()).c_str());
  }
  const int code = CodeFor(written);
  if (abandoned_) _exit(code);
  return code;
}

int ScanRun::CodeFor(const Status& status) const {
  const bool cancelled = status.code() == StatusCode::kCancelled;
  if (StopRequested() && (status.ok() || cancelled)) return kExitInterrupted;
  if (wrong_usage_) return kExitUsage;
  if (!status.ok() || summary_.target_errors > 0) return kExitError;
  if (summary_.fail_on_matches > 0) return kExitFindings;
  if (options_.fail_on_scan_errors && summary_.scan_errors > 0) return kExitIncomplete;
  return kExitDone;
}

}  // namespace

int RunScan(const ScanOptions& options) { return ScanRun(options).Run(); }

}  // namespace assay
