// The type of a flag that is given once for each of several paths, which may
// hold any character, commas too:
//
//   ABSL_FLAG(PathList<struct InputFlag>, input, {}, "a file, once for each");
//   program --input=a,b.bin --input=c.bin
//   absl::GetFlag(FLAGS_input).paths  // {"a,b.bin", "c.bin"}
//
// The tag is any type that no other flag uses. Abseil keeps only the last value
// of a flag; here every value is kept with the ones before it.
#ifndef NAS_BASE_PATH_LIST_H_
#define NAS_BASE_PATH_LIST_H_

#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

namespace robbench {

// The paths in the order of the command line.
template <typename Tag>
struct PathList {
  std::vector<std::string> paths;
};

// Called by Abseil for each value of the flag. Every text is a path, so it
// never fails.
template <typename Tag>
bool AbslParseFlag(absl::string_view text, PathList<Tag>* value,
                   std::string* /*error*/) {
  static std::vector<std::string>& all = *new std::vector<std::string>;
  // Abseil also parses the default value, which is no path.
  if (!text.empty()) all.emplace_back(text);
  value->paths = all;
  return true;
}

// The paths for Abseil's help, which cannot be parsed again.
template <typename Tag>
std::string AbslUnparseFlag(const PathList<Tag>& value) {
  return absl::StrJoin(value.paths, " ");
}

}  // namespace robbench

#endif  // NAS_BASE_PATH_LIST_H_
