// RemoteTools: the classifier cannot start programs, so it asks its parent to.
#pragma once

#include <string>
#include <string_view>

#include "classify/parent_link.h"
#include "extract/extractor.h"

namespace assay {

class RemoteTools final : public ToolRunner {
 public:
  explicit RemoteTools(ParentLink* link) : link_(link) {}
  Result<std::string> Run(Tool tool, std::string_view input, uint64_t max_output,
                          bool* truncated) override;

 private:
  Status SendInput(Tool tool, std::string_view input);
  ParentLink* link_;
};

}  // namespace assay
