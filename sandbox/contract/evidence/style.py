"""How the report looks, by day and by night."""

STYLE = """
:root{--paper:#fbfbfa;--ink:#1c1d1f;--soft:#5d6168;--line:#dfe1e4;--card:#fff;--good:#17693a;--goodpaper:#e6f4ea;
--bad:#a3231f;--badpaper:#fbeae8;--code:#f1f2f4}
@media (prefers-color-scheme:dark){:root{--paper:#141517;--ink:#e7e8ea;--soft:#a1a6ae;--line:#303338;--card:#1b1d20;
--good:#7fd6a0;--goodpaper:#15301f;--bad:#ff9d94;--badpaper:#3a1917;--code:#24272b}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem}
header{border-radius:.6rem;padding:1.25rem 1.5rem;border-left:.5rem solid}
header.good{background:var(--goodpaper);border-color:var(--good)}
header.bad{background:var(--badpaper);border-color:var(--bad)}
h1{margin:.1rem 0 .4rem;font-size:1.9rem;line-height:1.2}
h2{margin:2.2rem 0 .6rem;font-size:1.25rem}
h3{margin:1rem 0 .4rem;font-size:1rem}
.mark{margin:0;color:var(--soft);font-size:.85rem;letter-spacing:.04em;text-transform:uppercase}
dl{display:flex;flex-wrap:wrap;gap:.5rem 2rem;margin:.8rem 0 0}
dt{color:var(--soft);font-size:.85rem}
dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}
article{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.2rem 1.2rem 1rem;
margin:0 0 1rem}
dl.said{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dl.said dt{font-size:1rem}
dl.said dd{font:.9rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
.tag{display:inline-block;padding:0 .5rem;border:1px solid var(--line);border-radius:1rem;
font-size:.85rem;color:var(--soft)}
code{font:.85rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
li code{display:block;padding:.3rem .6rem;margin:.2rem 0;background:var(--code);
border-radius:.3rem;white-space:pre-wrap}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .7rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-weight:600}
tbody th{font-weight:500}
td.good{color:var(--good)}td.bad,th.bad{color:var(--bad);font-weight:600}td.none{color:var(--soft)}
a{color:inherit}
"""
