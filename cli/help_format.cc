#include "cli/help_format.h"

#include <cstddef>
#include <sstream>
#include <string>

namespace assay {
namespace {

constexpr size_t kTextColumn = 32;
constexpr size_t kLineWidth = 100;

// "  left          text, wrapped", ended by a newline.
std::string Entry(const std::string& left, const std::string& text) {
  std::string out = "  " + left;
  size_t column = out.size();
  if (column + 2 > kTextColumn) {
    out += "\n";
    column = 0;
  }
  out.append(kTextColumn - column, ' ');
  column = kTextColumn;
  std::istringstream words(text);
  std::string word;
  while (words >> word) {
    if (column > kTextColumn && column + 1 + word.size() > kLineWidth) {
      out += "\n" + std::string(kTextColumn, ' ');
      column = kTextColumn;
    }
    if (column > kTextColumn) {
      out += " ";
      ++column;
    }
    out += word;
    column += word.size();
  }
  return out + "\n";
}

// "-o, --output FILE".
std::string OptionNames(const CLI::Option* option) {
  std::string names;
  for (const std::string& name : option->get_snames()) {
    names += (names.empty() ? "-" : ", -") + name;
  }
  if (names.empty()) names = "   ";
  for (const std::string& name : option->get_lnames()) {
    names += (names == "   " ? " --" : ", --") + name;
  }
  const bool takes_value = option->get_items_expected_max() > 0;
  return takes_value ? names + " " + option->get_type_name() : names;
}

}  // namespace

std::string HelpFormat::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = "Usage: " + name;
  if (!app->get_subcommands([](const CLI::App*) { return true; }).empty()) usage += " COMMAND";
  usage += " [OPTIONS]";
  for (const CLI::Option* option :
       app->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    usage += " " + option->get_type_name() + (option->get_items_expected_max() > 1 ? "..." : "");
  }
  return usage + "\n\n";
}

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
  // get_type_name() appends what a check would say; only our own word is wanted.
  const auto own_word = [](const std::string& type) {
    const size_t end = type.find(':');
    return end == std::string::npos ? type : type.substr(0, end);
  };
  std::string left = is_positional ? own_word(option->get_type_name()) : OptionNames(option);
  if (!is_positional) left = own_word(left);
  std::string text = option->get_description();
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  return Entry(left, text);
}

std::string HelpFormat::make_subcommand(const CLI::App* command) const {
  return Entry(command->get_name(), command->get_description());
}

}  // namespace assay
