// NameFinder: full personal names, from lexicons and context. A name needs a known given name and a
// known surname; how common they are, whether they are ordinary words too, a title before them and
// the name of their field decide together.
//
// Thread rule: one thread (it asks the piece's locator).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/text_piece.h"
#include "detect/lexicon.h"
#include "detect/pcre.h"

namespace assay {

enum class NameField { kNone, kFull, kGiven, kSurname, kNotPerson };
// What the name of a field says about the names in it.
NameField ClassifyNameField(std::string_view field);

class NameFinder {
 public:
  explicit NameFinder(const Lexicon& lexicon) : lexicon_(lexicon) {}

  void SetPiece(const TextPiece& piece) {
    piece_ = &piece;
    text_ = piece.text;
    last_field_known_ = false;
  }
  // The full name that begins with the word at `at`, which begins with an upper-case letter and has
  // no letter or digit before it.
  std::optional<TextSpan> NameAt(size_t at);
  // Whether "name: ", "Name=", "\"name\":\"" stands directly before.
  bool HasLabelBefore(size_t at) const;

 private:
  NameField FieldAt(size_t at);
  std::optional<TextSpan> CellPair(size_t at, NameField field);
  const Lexicon& lexicon_;
  const TextPiece* piece_ = nullptr;
  std::string_view text_;
  std::string last_field_;
  NameField last_kind_ = NameField::kNone;
  bool last_field_known_ = false;
};

}  // namespace assay
