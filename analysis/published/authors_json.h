// Reads the layout of the authors' released JSON, which TableJson
// (analysis/table/export/table_export.h) writes as well:
//
//   {"cifar10": {"2581": {"val_acc": {"0": .79, ..., "threeseed": .793},
//                         "autoattack": .4434}, ...}, ...}
//
// and their meta.json: {"ids": {"0": {"nb201-string": "|...|", "isomorph":
// "0"}, ...}}.
#ifndef ANALYSIS_PUBLISHED_AUTHORS_JSON_H_
#define ANALYSIS_PUBLISHED_AUTHORS_JSON_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// The largest file that is read.
inline constexpr uint64_t kMaxAuthorsBytes = 64 << 20;

// Returns a table of the data sets, cells, metrics and seeds that the file
// holds. Data sets are cifar10, cifar100 and imagenet16_120 by any name that
// analysis/table/name_resolver.h finds; metrics have the authors' names or
// ours. The layout does not say how networks were trained, so the table states
// the paper's recipe. "imagenet" keeps its name, without a recipe, where
// "imagenet16_120" is in the file too or where its networks have other numbers
// of parameters than the paper's.
//
// InvalidArgument naming `path`, the field ("cifar10.2581.val_acc.0"), expected
// and found, for: JSON that does not parse or is deeper, a key twice, an
// unknown data set, an id that is no cell, a metric that is none, a seed that
// is no number, an accuracy outside 0 ... 1 or without seeds or mean, a
// "threeseed" or "mean" that is not the mean of its seeds, a data set without
// cells. Memory is bounded by the file's size.
absl::StatusOr<Table> ParseAuthorsJson(const std::string& path,
                                       absl::string_view bytes);

// Checks a meta.json against the search space: all 15,625 ids, each with the
// architecture string and the representative that nas computes; and that
// `table` has every representative. Errors as above.
absl::Status CheckAuthorsMeta(const std::string& path, absl::string_view bytes,
                              const Table& table);

// Returns the meta.json of the whole search space.
std::string AuthorsMetaJson();

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_AUTHORS_JSON_H_
