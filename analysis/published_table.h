// The published table of NAS-RobBench-201 (Wu et al., ICLR 2024), as its
// project page ships it: a JavaScript assignment `acc={...}` of a JSON object
//
//   ""       the names of the 18 columns, "cifar10#val_acc", ...
//   "2581"   the 18 accuracies of a representative, by official index
//   "15620"  "55": a pointer to the class's representative
//
// with every one of the 15,625 cells once. The values are float means over
// three seeds (AutoAttack: of one seed), so each is a whole count of images
// over seeds x test images; the count is kept, and with it exact ties.
#ifndef ANALYSIS_PUBLISHED_TABLE_H_
#define ANALYSIS_PUBLISHED_TABLE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace robbench {

struct PublishedDataset {
  const char* name;          // ours
  const char* authors_name;  // in the column names
  int classes;
  int train_images;
  int test_images;
  int image_size;
};

inline constexpr std::array<PublishedDataset, 3> kPublishedDatasets = {{
    {"cifar10", "cifar10", 10, 50000, 10000, 32},
    {"cifar100", "cifar100", 100, 50000, 10000, 32},
    {"imagenet16_120", "imagenet", 120, 151700, 6000, 16},
}};

struct PublishedMetric {
  const char* name;          // ours
  const char* authors_name;  // in the column names
  int seeds;                 // that a value is the mean of
};

inline constexpr std::array<PublishedMetric, 6> kPublishedMetrics = {{
    {"clean", "val_acc", 3},
    {"fgsm_3", "val_fgsm_3_acc", 3},
    {"pgd_3", "val_pgd_3_acc", 3},
    {"fgsm_8", "val_fgsm_8_acc", 3},
    {"pgd_8", "val_pgd_8_acc", 3},
    {"autoattack", "autoattack", 1},
}};

// Columns by data set, then metric.
inline constexpr int kNumPublishedColumns =
    kPublishedDatasets.size() * kPublishedMetrics.size();

struct PublishedRow {
  int index;  // of the representative
  // Images classified correctly, summed over seeds.
  std::array<int32_t, kNumPublishedColumns> correct;
};

struct PublishedTable {
  std::vector<PublishedRow> rows;  // ascending; one a class
};

// What a count is divided by: seeds x test images of the column.
int PublishedTotal(int column);

// No larger file is read: the published one has 2.6 MB.
inline constexpr uint64_t kMaxPublishedBytes = 16 << 20;

// Reads the file's bytes strictly. InvalidArgument naming `path`, the field
// (an id, or id[column]), expected and found, for: no `acc=` in front, JSON
// that does not parse, nesting, a key twice, an id that is no cell or missing,
// other columns than the 18 above, a value outside 0 ... 1 or no whole count
// within float rounding, a pointer to itself, to a pointer or to a cell that
// is not the representative of the class (nas/isomorphism.h), a row of a cell
// that is none. Memory is bounded by the file's size.
absl::StatusOr<PublishedTable> ParsePublishedTable(const std::string& path,
                                                   absl::string_view bytes);

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_TABLE_H_
