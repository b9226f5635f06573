// AddressFinder: street addresses: a house number, a street's name and a street word ("12 Elm
// Street", "8 rue de la Paix", "Hauptstraße 5"), with unit, city, state and postcode where they
// follow.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "detect/lexicon.h"
#include "detect/pcre.h"
#include "detect/words.h"

namespace assay {

class AddressFinder {
 public:
  explicit AddressFinder(const Lexicon& lexicon) : lexicon_(lexicon) {}
  void SetText(std::string_view text) { text_ = text; }

  // The address around the capitalised word `word`: its street word, or the end of the street's
  // name.
  std::optional<TextSpan> AddressAround(const Word& word) const;
  // Whether a house number follows the word that ends at `end`.
  bool HasNumberAfter(size_t end) const {
    return MayHaveNumberAfter(end) && NumberAfter(end).has_value();
  }

 private:
  std::optional<TextSpan> StreetAfter(const Word& street) const;
  std::optional<TextSpan> StreetBefore(const Word& street) const;
  std::optional<TextSpan> StreetJoined(const Word& word) const;
  // The house number that stands directly before `at` ("12 ", "12b, "): its begin.
  std::optional<size_t> NumberBefore(size_t at) const;
  std::optional<size_t> NumberAfter(size_t at) const;
  // A space and a digit, perhaps behind a comma or a full stop: nearly all words have none.
  bool MayHaveNumberAfter(size_t at) const {
    if (at < text_.size() && (text_[at] == ',' || text_[at] == '.')) ++at;
    return at + 1 < text_.size() && text_[at] == ' ' && text_[at + 1] >= '0' &&
           text_[at + 1] <= '9';
  }
  // End of unit, city, state and postcode that follow a street.
  size_t ExtendEnd(size_t end) const;
  size_t SkipUnit(size_t end) const;
  size_t SkipCity(size_t end) const;

  const Lexicon& lexicon_;
  std::string_view text_;
};

}  // namespace assay
