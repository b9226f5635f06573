// The classifier process: set up, lock in, then classify what the parent sends until it is gone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "classify/classification.h"
#include "classify/codec.h"
#include "extract/byte_source.h"
#include "extract/extractor.h"

namespace assay {

// What turns an object into findings. The program has one (ObjectClassifier); tests of the pool
// and the sandbox bring worse ones.
class ObjectEngine {
 public:
  virtual ~ObjectEngine() = default;
  virtual void Classify(ByteSource& source, const std::string& key, ToolRunner* tools,
                        Classification* result) = 0;
  // Whether the last object needs a process that has the columnar plug-in.
  virtual bool needs_columnar() const { return false; }
};
// Makes the engine, before the sandbox closes.
using EngineFactory = std::function<Result<std::unique_ptr<ObjectEngine>>(const WorkerSetup&)>;

// Serves the parent over the descriptors of protocol.h. Returns the exit code when there is no
// parent to serve; otherwise the process ends when the parent closes the line.
int RunWorker(const EngineFactory& factory);

}  // namespace assay
