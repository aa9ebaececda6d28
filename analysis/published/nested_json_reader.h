// Reads JSON that is objects of objects, as both files of the authors are, and
// names the key where something is wrong.
#ifndef ANALYSIS_PUBLISHED_NESTED_JSON_READER_H_
#define ANALYSIS_PUBLISHED_NESTED_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace robbench {

// Calls its subclass for every key and every value. Objects nest down to
// `depth` levels of keys, none of them empty, with numbers, null or text at the
// end. nlohmann's parser does not recurse, so a deep file cannot exhaust the
// stack. `path` is for messages only and must outlive the reader.
class NestedJsonReader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  NestedJsonReader(const std::string& path, size_t depth)
      : path_(path), depth_(depth) {}
  virtual ~NestedJsonReader() = default;

  // Returns the first error: of the subclass, of JSON that does not parse, is
  // deeper, has a key twice or an empty object, or of more than `most_bytes`.
  // To be called once.
  absl::Status Parse(absl::string_view bytes, uint64_t most_bytes);

  // What nlohmann's parser calls.
  bool null();
  bool boolean(bool value);
  bool binary(binary_t& value);
  bool number_integer(number_integer_t value);
  bool number_unsigned(number_unsigned_t value);
  bool number_float(number_float_t value, const string_t& text);
  bool string(string_t& value);
  bool start_object(size_t size);
  bool end_object();
  bool key(string_t& value);
  bool start_array(size_t size);
  bool end_array();
  bool parse_error(size_t position, const std::string& token,
                   const nlohmann::json::exception& error);

 protected:
  // Called for a new key, a number (null stands for infinity) and text; keys()
  // says where it is.
  virtual absl::Status Key() = 0;
  virtual absl::Status Number(double value) = 0;
  virtual absl::Status Text(const std::string& value) = 0;

  const std::vector<std::string>& keys() const { return keys_; }

  // Returns a field error whose field is keys(), "cifar10.2581.val_acc".
  absl::Status Error(absl::string_view expected, absl::string_view found) const;

 private:
  bool Take(absl::Status status);
  bool Refuse(absl::string_view found);

  const std::string& path_;
  const size_t depth_;
  absl::string_view bytes_;
  size_t open_ = 0;
  std::vector<std::string> keys_;
  std::vector<std::set<std::string>> seen_;
  absl::Status status_;
};

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_NESTED_JSON_READER_H_
