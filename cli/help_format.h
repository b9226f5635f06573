// HelpFormat: how --help looks: one column of options, texts wrapped beside it.
//
// Thread rule: immutable.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace assay {

class HelpFormat final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

}  // namespace assay
