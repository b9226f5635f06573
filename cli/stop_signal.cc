#include "cli/stop_signal.h"

#include <unistd.h>

#include <csignal>

#include "cli/exit_code.h"

namespace assay {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "used inside a signal handler");

void OnStopSignal(int /*number*/) {
  if (stop_requested.exchange(true)) _exit(kExitInterrupted);
}

}  // namespace

void InstallStopSignals() {
  struct sigaction action {};
  action.sa_handler = OnStopSignal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

const std::atomic<bool>& StopRequested() { return stop_requested; }

}  // namespace assay
