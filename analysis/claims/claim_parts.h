// What the groups of claims are put together from: columns of a data set,
// estimates that say where they come from, and parts with their verdict.
//
//   Claim claim = NewClaim("id", "Statement", "Fig. 4", "figure");
//   Claim::Part part;
//   AddEstimate("spearman", "...", "coefficient", .9, {"cifar10"}, "...",
//               part);
//   AddPart("cifar10", reason, std::move(part), claim);  // decides the part
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

// What the intervals of Spearman's coefficients are.
inline constexpr char kBonettWright[] = "95 %, after Bonett and Wright (2000)";

// Return a column of a data set, or null where the table has none.
const Column* FindClean(const BenchmarkTable& table,
                        const std::string& dataset);
const Column* FindAutoAttack(const BenchmarkTable& table,
                             const std::string& dataset);
// Return the column of the largest epsilon.
const Column* FindStrongestPgd(const BenchmarkTable& table,
                               const std::string& dataset);
const Column* FindStrongestFgsm(const BenchmarkTable& table,
                                const std::string& dataset);

// Returns the distribution of a column, or null where there is none.
const Distribution* FindDistribution(const Statistics& statistics,
                                     const ColumnKey& key);

// Says what a column's values are: "PGD-20, ε = 8/255; published, means over 3
// seeds, 10,000 test images".
std::string ProtocolOf(const BenchmarkTable& table, const Column& column);

// Adds an estimate to the part and returns it, so that more fields can be set.
// The arguments are those of Estimate (claims.proto).
Estimate& AddEstimate(absl::string_view id, absl::string_view name,
                      absl::string_view unit, double value,
                      const std::vector<std::string>& datasets,
                      absl::string_view protocol, Claim::Part& part);

// Adds the estimate of Spearman's coefficient of two columns, with its interval
// where there is one, under `id`.
Estimate& AddSpearman(const BenchmarkTable& table, const Correlation& found,
                      const Column& one, const Column& two,
                      absl::string_view id, Claim::Part& part);

// Returns a claim without rule, parts and verdict. `figure` may be empty.
Claim NewClaim(absl::string_view id, absl::string_view statement,
               absl::string_view source, absl::string_view figure);

// Decides the part by the claim's rule, which must be set, and adds it.
Claim::Part& AddPart(const std::string& scope, const std::string& reason,
                     Claim::Part part, Claim& claim);

// Returns the claim with its verdict, and as its reason the reasons of all
// parts. A claim without parts has the reason `why_not`.
Claim Decided(absl::string_view why_not, Claim claim);

}  // namespace robbench

#endif  // ANALYSIS_CLAIMS_CLAIM_PARTS_H_
