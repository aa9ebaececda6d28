// Names that come in from outside (of data sets, attacks, suites, kernels) and
// how a name that someone typed is found again among those that there are.
//
// A name has 1 to 64 characters: letters and digits of ASCII, "_", "-", "." and
// "+", the first of them a letter or a digit. So it can stand in a file's name,
// in "DATASET/METRIC", in a list with commas and on any command line, and two
// different names never look the same.
#ifndef NAS_BASE_NAME_H_
#define NAS_BASE_NAME_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace robbench {

inline constexpr size_t kMaxNameLength = 64;

// Returns OK if `name` is a name as described above, else InvalidArgument that
// says file, field, what is expected and what was found.
absl::Status CheckName(absl::string_view file, absl::string_view field,
                       absl::string_view name);

// A set of names that stand beside each other, as the attacks of a suite or the
// columns of a table do. No two may differ in case only, because SQL and some
// file systems take such names for one.
class DistinctNames {
 public:
  // Adds `name`. Returns InvalidArgument if it, or a name that differs from it
  // in case only, was added before.
  absl::Status Add(absl::string_view file, absl::string_view field,
                   absl::string_view name);

 private:
  std::map<std::string, std::string> spellings_;  // by their lower case
};

// Returns the name in quotes for a message: escaped, and cut to kMaxNameLength
// characters.
std::string QuotedName(absl::string_view name);

// Returns the name in lower case without "_", "-" and blanks around it, so that
// "CIFAR-10" and "cifar10" become equal.
std::string FoldedName(absl::string_view name);

// Returns the candidate that equals `name` apart from blanks around it, else
// the only candidate with the same folded name. Returns nullopt if there is
// none, or if several have that folded name.
std::optional<std::string> FindName(absl::string_view name,
                                    const std::vector<std::string>& candidates);

// Returns the candidates that may have been meant: up to six that begin with
// `name` and "_" (pgd_3 and pgd_8 for "pgd"), else the one at the smallest edit
// distance, which is at most half of the name's length, else none.
std::vector<std::string> NearestNames(
    absl::string_view name, const std::vector<std::string>& candidates);

// Returns text to append to an error about an unknown name, as "; did you mean
// pgd_3 or pgd_8? It has clean, pgd_3 and pgd_8". Where no candidate is near,
// it has the list only; a list of more than 40 is cut.
std::string NameHint(absl::string_view name,
                     const std::vector<std::string>& candidates);

}  // namespace robbench

#endif  // NAS_BASE_NAME_H_
