// assay-classifier: the program that reads hostile bytes. Started by `assay`, never by hand.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "classify/classify_object.h"
#include "classify/columnar_rows_program.h"
#include "classify/tool_program.h"
#include "classify/worker.h"
#include "detect/ruleset.h"
#include "extract/columnar.h"
#include "extract/formats.h"

namespace {

// The engine of the product: every format, every identifier.
class ProductEngine final : public assay::ObjectEngine {
 public:
  ProductEngine(std::shared_ptr<const assay::Ruleset> ruleset, assay::ClassifyOptions options)
      : classifier_(std::move(ruleset), std::move(options)) {}
  void Classify(assay::ByteSource& source, const std::string& key, assay::ToolRunner* tools,
                assay::Classification* result) override {
    classifier_.Classify(source, key, tools, result);
  }
  bool needs_columnar() const override { return classifier_.needs_columnar(); }

 private:
  assay::ObjectClassifier classifier_;
};

// Loads the columnar plug-in: beside this program (a build tree), or where `make install` puts it.
assay::Status LoadPlugin() {
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  assay::Status status = assay::NotFound("the folder of assay-classifier cannot be told");
  if (error) return status;
  for (const char* place : {".", "../" ASSAY_LIBDIR "/assay"}) {
    status = assay::LoadColumnarPlugin((folder / place).string());
    if (status.ok()) break;
  }
  return status;
}

assay::Result<std::unique_ptr<assay::ObjectEngine>> MakeEngine(const assay::WorkerSetup& setup) {
  ASSAY_RETURN_IF_ERROR(assay::PrepareFormatDetection());
  if (setup.columnar) ASSAY_RETURN_IF_ERROR(LoadPlugin());
  ASSAY_ASSIGN_OR_RETURN(auto ruleset, assay::Ruleset::Load(setup.ruleset));
  assay::ClassifyOptions options = setup.classify;
  options.disabled_content_types = setup.ruleset.disabled_content_types;
  options.disabled_extensions = setup.ruleset.disabled_extensions;
  return std::unique_ptr<assay::ObjectEngine>(
      std::make_unique<ProductEngine>(std::move(ruleset), std::move(options)));
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--worker") return assay::RunWorker(MakeEngine);
  if (arguments.size() > 1 && arguments[0] == "--tool") {
    return assay::RunToolProgram({arguments.begin() + 1, arguments.end()});
  }
  if (arguments.size() > 1 && arguments[0] == "--rows") {
    // Without the plug-in the program says so itself.
    static_cast<void>(LoadPlugin());
    return assay::RunColumnarRowsProgram({arguments.begin() + 1, arguments.end()});
  }
  std::fputs(
      "assay-classifier reads untrusted data in a sandbox on behalf of assay, which starts it.\n"
      "There is nothing to do with it by hand: see `assay scan --help` and docs/sandbox.md.\n",
      stderr);
  return 2;
}
