// Reads a pickle's bytes from front to back: opcodes and what follows them. Its
// errors name the file, the offset of the opcode and the opcode.
#ifndef TRAINING_DATASET_PICKLE_PICKLE_READER_H_
#define TRAINING_DATASET_PICKLE_PICKLE_READER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "training/dataset/pickle/pickle_opcodes.h"

namespace robbench {

class PickleReader {
 public:
  // `path` is for messages; both must outlive the reader.
  PickleReader(const std::string& path, absl::string_view bytes)
      : path_(path), bytes_(bytes) {}

  // Each of these moves on behind what it reads. DataLoss where the file ends
  // before that.
  absl::Status NextOpcode();
  absl::Status Take(uint64_t size, absl::string_view* out);
  // A little-endian number of up to 8 bytes.
  absl::Status TakeNumber(int size, uint64_t* out);
  // The text up to the end of the line.
  absl::Status TakeLine(absl::string_view* out);

  // The opcode that was read last; it need not be one that is known.
  PickleOpcode opcode() const { return static_cast<PickleOpcode>(opcode_); }
  uint64_t offset() const { return offset_; }                  // of that opcode
  uint64_t left() const { return bytes_.size() - position_; }  // bytes

  // InvalidArgument about the opcode.
  absl::Status Error(absl::string_view problem) const;

 private:
  absl::Status Truncated(absl::string_view problem) const;
  std::string Located(absl::string_view problem) const;

  const std::string& path_;
  const absl::string_view bytes_;
  uint64_t position_ = 0;
  uint64_t offset_ = 0;
  uint8_t opcode_ = 0;
};

}  // namespace robbench

#endif  // TRAINING_DATASET_PICKLE_PICKLE_READER_H_
