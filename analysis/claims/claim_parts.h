// How the groups of claims are put together: columns of a data set, estimates
// with where they come from, parts with their verdict.
//
//   Claim claim = NewClaim("id", "Statement", "Fig. 4", "figure");
//   Claim::Part part;
//   AddEstimate("spearman", "...", "coefficient", .9, {"cifar10"}, "...",
//   part); AddPart("cifar10", reason, std::move(part), claim);  // decides it
//   return Decided("why it was not tested", std::move(claim));
#ifndef ANALYSIS_CLAIMS_CLAIM_PARTS_H_
#define ANALYSIS_CLAIMS_CLAIM_PARTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis/claims/claims.pb.h"
#include "analysis/statistics/statistics.pb.h"
#include "analysis/table/benchmark_table.h"
#include "analysis/table/table.pb.h"

namespace robbench {

inline constexpr char kBonettWright[] = "95 %, after Bonett and Wright (2000)";

// Columns of a data set; null where the table has none.
const Column* FindClean(const BenchmarkTable& table,
                        const std::string& dataset);
const Column* FindAutoAttack(const BenchmarkTable& table,
                             const std::string& dataset);
// Of several epsilons the largest.
const Column* FindStrongestPgd(const BenchmarkTable& table,
                               const std::string& dataset);
const Column* FindStrongestFgsm(const BenchmarkTable& table,
                                const std::string& dataset);

// The distribution of a column; null where there is none.
const Distribution* FindDistribution(const Statistics& statistics,
                                     const ColumnKey& key);

// What a column's values are: "PGD-20, ε = 8/255; published, means over 3
// seeds, 10,000 test images".
std::string ProtocolOf(const BenchmarkTable& table, const Column& column);

// Added to the part; more fields can be set in what is returned.
Estimate& AddEstimate(absl::string_view id, absl::string_view name,
                      absl::string_view unit, double value,
                      const std::vector<std::string>& datasets,
                      absl::string_view protocol, Claim::Part& part);

// The estimate "spearman" of two columns; of a finding that there is one.
Estimate& AddSpearman(const BenchmarkTable& table, const Correlation& found,
                      const Column& one, const Column& two,
                      absl::string_view id, Claim::Part& part);

Claim NewClaim(absl::string_view id, absl::string_view statement,
               absl::string_view source, absl::string_view figure);

// Decides the part by the claim's rule, and adds it.
Claim::Part& AddPart(const std::string& scope, const std::string& reason,
                     Claim::Part part, Claim& claim);

// The claim with its verdict, and as its reason those of all parts. Of no part
// `why_not` is the reason.
Claim Decided(absl::string_view why_not, Claim claim);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIM_PARTS_H_
