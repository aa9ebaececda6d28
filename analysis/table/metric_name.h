// Names of metrics: ours, the authors' and the ones people read.
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
//
// and the authors' data set "imagenet" is ours "imagenet16_120". How a name is
// found that someone typed: analysis/table/name_resolver.h.
//
// Nothing is listed by epsilon: any number goes.
#ifndef ANALYSIS_TABLE_METRIC_NAME_H_
#define ANALYSIS_TABLE_METRIC_NAME_H_

#include <string>

#include "absl/strings/string_view.h"
#include "analysis/table/table.pb.h"

namespace robbench {

// "fgsm_8" for "val_fgsm_8.0_acc"; a name that is no alias as it is.
std::string CanonicalMetric(absl::string_view name);

// The other way: the authors' key of an accuracy; our name where they have
// none.
std::string AuthorsMetric(absl::string_view metric);

// What a person reads, in UTF-8: from the column's attack or kernel and score.
std::string MetricLabel(const Column& column);

// The same in few letters, for axes and table heads: "PGD 8", "λmin robust".
std::string ShortMetricLabel(const Column& column);

// "min_eigenvalue" as "smallest eigenvalue".
std::string ScoreLabel(absl::string_view score);

// "robust NTK"; of several epsilons "robust NTK, ε = 8/255".
std::string KernelLabel(const Column& column);

// Whether an NTK score is of a clean, cross or robust kernel: neither a twice
// kernel nor a mixture.
bool IsPlainKernel(const Column& column);

// Fills kernel, kind, epsilon, mix and score of an NTK score from the end of
// its metric's name, as of "ntk_mixed_8_0.5_trace"; false where it is none.
bool SetKernelScore(absl::string_view name, Column& column);

}  // namespace robbench

#endif  // ANALYSIS_TABLE_METRIC_NAME_H_
