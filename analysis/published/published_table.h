// Reads the published table of NAS-RobBench-201 (Wu et al., ICLR 2024) and that
// of Jung et al. (2023) from the same page, whose networks were trained without
// attacks. analysis/published/page_table.h describes the format and what is
// refused.
//
// Values of the first table are means over three seeds, for AutoAttack of one.
// So each is a whole count of images over seeds x test images. The count is
// kept, and with it exact ties.
#ifndef ANALYSIS_PUBLISHED_PUBLISHED_TABLE_H_
#define ANALYSIS_PUBLISHED_PUBLISHED_TABLE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis/published/page_table.h"

namespace robbench {

// A data set of the table.
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

// A metric of the table.
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

// The number of columns, which are sorted by data set, then metric.
inline constexpr int kNumPublishedColumns =
    kPublishedDatasets.size() * kPublishedMetrics.size();

// The values of one class of cells.
struct PublishedRow {
  int index;  // of the representative
  // Images classified correctly, summed over seeds.
  std::array<int32_t, kNumPublishedColumns> correct;
};

// The whole file.
struct PublishedTable {
  std::vector<PublishedRow> rows;  // by ascending index; one for each class
};

// Returns what a count is divided by to give an accuracy: seeds x test images
// of the column.
int PublishedTotal(int column);

// Reads NAS-RobBench-201_html.json, with the errors of ParsePageTable.
absl::StatusOr<PublishedTable> ParsePublishedTable(const std::string& path,
                                                   absl::string_view bytes);

// A column of Jung et al. The page does not say which epsilons the attacks
// have. The README of their data set gives PGD at 1/255 (its eps = 1.0) on
// CIFAR-10 as .336 for cell 13433, which is that cell's number here; FGSM's is
// likely the same.
struct StandardColumn {
  const char* dataset;  // ours
  const char* metric;   // ours
  const char* authors_name;
};

inline constexpr std::array<StandardColumn, 17> kStandardColumns = {{
    {"cifar10", "standard_clean", "cifar10#clean"},
    {"cifar10", "standard_apgd_ce", "cifar10#aa_apgd-ce"},
    {"cifar10", "standard_square", "cifar10#aa_square"},
    {"cifar10", "standard_fgsm", "cifar10#fgsm"},
    {"cifar10", "standard_pgd", "cifar10#pgd"},
    {"cifar10", "standard_corruption", "cifar10#corr"},
    {"cifar100", "standard_clean", "cifar100#clean"},
    {"cifar100", "standard_apgd_ce", "cifar100#aa_apgd-ce"},
    {"cifar100", "standard_square", "cifar100#aa_square"},
    {"cifar100", "standard_fgsm", "cifar100#fgsm"},
    {"cifar100", "standard_pgd", "cifar100#pgd"},
    {"cifar100", "standard_corruption", "cifar100#corr"},
    {"imagenet16_120", "standard_clean", "ImageNet16-120#clean"},
    {"imagenet16_120", "standard_apgd_ce", "ImageNet16-120#aa_apgd-ce"},
    {"imagenet16_120", "standard_square", "ImageNet16-120#aa_square"},
    {"imagenet16_120", "standard_fgsm", "ImageNet16-120#fgsm"},
    {"imagenet16_120", "standard_pgd", "ImageNet16-120#pgd"},
}};

// Values are rounded to three digits: the counts are thousandths.
inline constexpr int kStandardParts = 1000;

// The whole file; columns as in kStandardColumns.
struct StandardTable {
  std::vector<PageRow> rows;
};

// Reads jung2023_acc.json, with the errors of ParsePageTable.
absl::StatusOr<StandardTable> ParseStandardTable(const std::string& path,
                                                 absl::string_view bytes);

}  // namespace robbench

#endif  // ANALYSIS_PUBLISHED_PUBLISHED_TABLE_H_
