// Names that come in from outside (of data sets, attacks, suites, kernels) and
// how a name that someone typed is found again among those that there are.
//
// A name has 1 to 64 characters: letters and digits of ASCII, "_", "-", "." and
// "+", the first of them a letter or a digit. So it is a word of a file's name,
// of "DATASET/METRIC", of a list with commas and of any command line, and two
// names never differ in what cannot be seen.
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

// InvalidArgument naming file, field, what is expected and what was found.
absl::Status CheckName(absl::string_view file, absl::string_view field,
                       absl::string_view name);

// Names that stand beside each other, as attacks of a suite or columns of a
// table: SQL and some file systems take two that differ in case for one.
class DistinctNames {
 public:
  // InvalidArgument where `name`, or one that differs in case only, is there.
  absl::Status Add(absl::string_view file, absl::string_view field,
                   absl::string_view name);

 private:
  std::map<std::string, std::string> spellings_;  // by their lower case
};

// A name in quotes for a message: escaped, and cut where it is long.
std::string QuotedName(absl::string_view name);

// Lower case without "_" and "-": "CIFAR-10" and "cifar10" are one name.
std::string FoldedName(absl::string_view name);

// The candidate that is `name`, apart from blanks around it; else the one
// candidate that has the same folded name.
std::optional<std::string> FindName(absl::string_view name,
                                    const std::vector<std::string>& candidates);

// Those that may have been meant: the ones that begin with `name` as a word
// ("pgd": pgd_3, pgd_8), else the one at the smallest edit distance, else none.
std::vector<std::string> NearestNames(
    absl::string_view name, const std::vector<std::string>& candidates);

// "; did you mean pgd_3 or pgd_8? There are clean, pgd_3 and pgd_8". Without
// one that is near only the list; a long list is cut.
std::string NameHint(absl::string_view name,
                     const std::vector<std::string>& candidates);

}  // namespace robbench

#endif  // NAS_BASE_NAME_H_
