// Translates names of metrics between ours, the authors' and those for people.
//
//   ours                 authors'              in figures and tables
//   clean                val_acc               clean
//   fgsm_8               val_fgsm_8.0_acc      FGSM, ε = 8/255
//   pgd_8                val_pgd_8.0_acc       PGD-20, ε = 8/255
//   apgd_ce              (none)                APGD-CE-100, ε = 8/255
//   apgd_t               (none)                APGD-T-100, ε = 8/255
//   fab_t                (none)                FAB-T-100, ε = 8/255
//   square               (none)                Square-5000, ε = 8/255
//   autoattack           autoattack            AutoAttack
//   ntk_robust_trace     (none)                robust NTK: trace
//   standard_pgd         (none)                standard training: PGD
//   proxy_snip_pgd_8     (none)                SNIP, PGD 8/255 images
//
// The authors' data set "imagenet" is called "imagenet16_120" here. Names work
// for every epsilon, as none is listed. analysis/table/name_resolver.h finds
// the name that someone means who typed it.
#ifndef ANALYSIS_TABLE_METRIC_NAME_H_
#define ANALYSIS_TABLE_METRIC_NAME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// Returns our name for an authors' name, "fgsm_8" for "val_fgsm_8.0_acc", and
// any other name as it is.
std::string CanonicalMetric(absl::string_view name);

// Returns the authors' name for our name of an accuracy, and our name where
// they have none.
std::string AuthorsMetric(absl::string_view metric);

// Returns the label for figures and tables, in UTF-8. It is made from the
// column's attack, from its kernel and score, or from score and images.
std::string MetricLabel(const Column& column);

// Returns a label of few letters for axes and table heads: "PGD 8",
// "λmin robust".
std::string ShortMetricLabel(const Column& column);

// Returns a score in words: "smallest eigenvalue" for "min_eigenvalue".
std::string ScoreLabel(absl::string_view score);

// Returns the kernel of an NTK score in words: "robust NTK", or "robust NTK,
// ε = 8/255" where kernels of several epsilons are told apart.
std::string KernelLabel(const Column& column);

// Whether a column is a score of a clean, cross or robust kernel, not of a
// twice kernel nor of a mixture.
bool IsPlainKernel(const Column& column);

// Sets kernel, kind, epsilon, mix and score of a column from its metric's name
// without "ntk_", as "mixed_8_0.5_trace". Returns false, with the column as it
// was, for a name that is not of this form.
bool SetKernelScore(absl::string_view name, Column& column);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_METRIC_NAME_H_
