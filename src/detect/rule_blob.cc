#include "detect/rule_blob.h"

namespace assay {
namespace {

struct SectionEntry {
  uint64_t offset;
  uint64_t size;
};
constexpr size_t kSectionCount = static_cast<size_t>(RuleSection::kCount);

}  // namespace

std::string_view RuleBlobView::Bytes(RuleSection section) const {
  const auto& entry =
      reinterpret_cast<const SectionEntry*>(bytes_.data())[static_cast<size_t>(section)];
  return bytes_.substr(entry.offset, entry.size);
}

DfaView RuleBlobView::DfaAt(size_t index) const {
  const DfaRecord& record = Array<DfaRecord>(RuleSection::kDfas)[index];
  DfaView view;
  view.classes = Array<uint8_t>(RuleSection::kPool8).data() + record.classes;
  const uint16_t* pool16 = Array<uint16_t>(RuleSection::kPool16).data();
  view.next = pool16 + record.next;
  view.accepts = pool16 + record.accepts;
  view.sets = pool16 + record.sets;
  view.sets_begin = Array<uint32_t>(RuleSection::kPool32).data() + record.sets_begin;
  view.class_count = record.class_count;
  view.states = record.states;
  view.first_accept = record.first_accept;
  view.set_count = record.set_count;
  view.start = record.start;
  return view;
}

std::string RuleBlobWriter::Finish() const {
  std::string out(kSectionCount * sizeof(SectionEntry), '\0');
  std::array<SectionEntry, kSectionCount> entries{};
  for (size_t i = 0; i < kSectionCount; ++i) {
    out.resize((out.size() + 63) / 64 * 64);
    entries[i] = {out.size(), sections_[i].size()};
    out += sections_[i];
  }
  out.replace(0, sizeof entries, reinterpret_cast<const char*>(entries.data()), sizeof entries);
  return out;
}

}  // namespace assay
