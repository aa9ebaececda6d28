// The safetensors format, in which data sets and weights are stored
// (https://github.com/huggingface/safetensors). A file has 8 bytes of header
// length, little-endian; a JSON header {"__metadata__": {..}, NAME: {"dtype",
// "shape", "data_offsets"}}; and the raw data.
//
// The reader trusts nothing: it checks the header's length against the file and
// shapes against offsets, with overflow, and takes neither gaps nor overlaps
// nor unknown dtypes. The writer gives the same bytes as the reference
// implementation: tensors by descending dtype, then by name; metadata sorted.
#ifndef NAS_BASE_SAFETENSORS_H_
#define NAS_BASE_SAFETENSORS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

// Types of elements, in the reference implementation's order, which the writer
// follows. The stages write and read U8, I32, I64, F32 and F64; the others are
// parsed only, since a file may hold them.
enum class DType {
  kBool,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64
};

// Bytes of one element.
int64_t ByteSize(DType dtype);

// The name in the format's header: "U8", "I32", ...
absl::string_view DTypeName(DType dtype);

// One tensor of a file. It does not own its data.
struct TensorEntry {
  DType dtype;
  std::vector<int64_t> shape;  // empty for a scalar
  absl::string_view data;      // row-major, little-endian; not owned

  int64_t NumElements() const;  // 1 for a scalar
};

// A parsed file. It owns its bytes, into which the entries point, so entries
// must not outlive it. Moving it keeps them valid; it cannot be copied.
class SafetensorsFile {
 public:
  // Parses a whole file's bytes; `path` is only for messages. InvalidArgument
  // naming path, tensor and field when the bytes are not in the format.
  static absl::StatusOr<SafetensorsFile> Parse(std::string path,
                                               std::string bytes);
  // The same from a file, with the errors of ReadFile (nas/base/file.h).
  static absl::StatusOr<SafetensorsFile> Read(const std::string& path);

  SafetensorsFile(SafetensorsFile&&) = default;
  SafetensorsFile& operator=(SafetensorsFile&&) = default;

  const std::string& path() const { return path_; }
  absl::string_view bytes() const { return *bytes_; }
  const std::map<std::string, TensorEntry>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& metadata() const {
    return metadata_;
  }

  // Returns the tensor `name`. A -1 in `shape` accepts any size there.
  // NotFound, naming file and tensor, when it is missing; InvalidArgument when
  // its dtype or shape is another.
  absl::StatusOr<TensorEntry> Get(const std::string& name, DType dtype,
                                  const std::vector<int64_t>& shape) const;
  // Returns the value of `key` in "__metadata__"; NotFound when it is missing.
  absl::StatusOr<std::string> Metadata(const std::string& key) const;

 private:
  SafetensorsFile() = default;
  std::string path_;
  std::unique_ptr<const std::string> bytes_;
  std::map<std::string, TensorEntry> tensors_;
  std::map<std::string, std::string> metadata_;
};

// Returns the bytes of a file with these tensors. The data of each entry must
// have the size that dtype and shape say; the program aborts otherwise, as that
// is a programmer's error.
std::string WriteSafetensors(
    const std::map<std::string, TensorEntry>& tensors,
    const std::map<std::string, std::string>& metadata = {});

}  // namespace robbench

#endif  // NAS_BASE_SAFETENSORS_H_
