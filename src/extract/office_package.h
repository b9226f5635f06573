// OfficePackage: the parts of a ZIP-based document (OOXML, OpenDocument, EPUB), read under the
// limits of the context, and the event parser for their XML.
//
// Thread rule: one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extract/document_writer.h"
#include "extract/extractor.h"
#include "extract/zip_reader.h"

namespace assay {

// Attributes of an element; names without their prefix. Views are valid during the event only.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** pairs) : pairs_(pairs) {}
  // The attribute of that local name, "" when absent.
  std::string_view Get(std::string_view local_name) const;
  // The attribute of that local name with a namespace prefix: r:id where there is an id too.
  std::string_view GetPrefixed(std::string_view local_name) const;
  // As a number from 0 to `max`; `fallback` when absent or none.
  uint32_t Number(std::string_view local_name, uint32_t fallback, uint32_t max) const;

 private:
  const char** pairs_;
};

// Takes the events of a document in order. Element names come without their namespace prefix: in
// office documents local names are enough to tell elements apart.
class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  virtual void Start(std::string_view name, const XmlAttributes& attributes) = 0;
  virtual void End(std::string_view name) = 0;
  virtual void Text(std::string_view text) = 0;
  // Asked after every element: true ends the parsing without an error.
  virtual bool done() const { return false; }
};

// Parses `xml` to its end. kDataLoss: not well-formed, or it has a document type declaration,
// which no office document needs and bombs are made of. kResourceExhausted: nested deeper than
// `max_depth`. What came before has been handed on.
Status ParseXml(std::string_view xml, uint32_t max_depth, XmlHandler& handler);

class OfficePackage {
 public:
  struct Relationship {
    std::string id;
    std::string type;    // last segment of the type's URI: "hyperlink", "worksheet", "comments"
    std::string target;  // part name within the package, or the address when external
    bool external = false;
  };

  // Reads the directory of the document; marks the context when the source is cut.
  static Result<OfficePackage> Open(ByteSource& source, ExtractContext& context);

  const ZipReader& zip() const { return zip_; }
  bool Has(std::string_view part) const { return zip_.Find(part) != nullptr; }
  // The parts whose names begin with `prefix` and end with `suffix`, numbers in names ascending.
  std::vector<std::string_view> Parts(std::string_view prefix, std::string_view suffix) const;

  // Reads a part whole. A damaged, encrypted or too large part is marked on the context and gives
  // what there is of it. Only kResourceExhausted (a total limit) comes back.
  Result<std::string> Read(std::string_view part);
  // Reads and parses a part; a missing one, and one that was parsed before, is nothing (hostile
  // documents name one part ten thousand times). Only kResourceExhausted comes back.
  Status Parse(std::string_view part, XmlHandler& handler);
  // The relationships of a part ("" for those of the package), by their id.
  Result<std::map<std::string, Relationship, std::less<>>> Relationships(std::string_view part);

  // Reads every part below `prefix` by its own format, as a member under its part name.
  Status ExtractParts(std::string_view prefix);
  // Writes every element with text of `part` as a field of that name: document properties.
  Status WriteProperties(std::string_view part, DocumentWriter& writer);
  // Writes the targets of a part's external relationships (hyperlinks, linked files).
  Status WriteLinks(std::string_view part, DocumentWriter& writer);

 private:
  OfficePackage(ZipReader zip, ExtractContext& context)
      : zip_(std::move(zip)), context_(&context) {}

  ZipReader zip_;
  ExtractContext* context_;
  std::set<std::string_view> parsed_;  // names borrowed from zip_
};

}  // namespace assay
