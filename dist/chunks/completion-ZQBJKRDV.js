import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);
import{a as $,b as m}from"./chunk-BKYDJRIR.js";import{a as s,b as c,c as l,e as p,i as f}from"./chunk-SXA6ZUQU.js";import"./chunk-ZHYICML2.js";import"./chunk-S52EPG5K.js";import"./chunk-55CDFFVJ.js";async function D({words:o,terminal:e}){let[n,...i]=o,t=c.find(r=>r===n);return t===void 0||i.length>0?(e.err(`${e.errPaint("red","error:")} completion: needs one shell
  Write one of ${c.join(", ")}.
`),m):(e.out(g(t)),$.success)}function g(o){if(o==="fish")return y();let e=C();return o==="bash"?`${e}complete -o default -F _deploy_guard deploy-guard
`:`#compdef deploy-guard
${e}autoload -U +X bashcompinit && bashcompinit
complete -o default -F _deploy_guard deploy-guard
`}function C(){let o=s.flatMap(n=>u(n).flatMap(([i,t])=>{let r=O(t);return r!==void 0?[`    '${n} --${i}') words=${d(r.join(" "))} ;;`]:t.switch?[]:[`    '${n} --${i}') return ;;`]})),e=s.map(n=>{let i=u(n).map(([t])=>`--${t}`);return`      ${n}) words=${d([...p[n]??[],...i].join(" "))} ;;`});return`# Completion of deploy-guard, printed by \`deploy-guard completion\`.
_deploy_guard() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command='' words='' word
  # Readline parts \`--name=value\` at the equals sign.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in ${s.join("|")}) command="$word"; break ;; esac
  done
  COMPREPLY=()
  # A list takes its entries behind commas, too.
  case "$command $prev" in
${o.join(`
`)}
    *)
      case "$command" in
${e.join(`
`)}
      *) words=${d([...s,"--help","--version"].join(" "))} ;;
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
`}function y(){let o=`not __fish_seen_subcommand_from ${s.join(" ")}`,e=s.map(n=>`complete -c deploy-guard -f -n ${d(o)} -a ${n} -d ${d(l[n])}`);for(let n of s){let i=`-n ${d(`__fish_seen_subcommand_from ${n}`)}`;for(let t of p[n]??[])e.push(`complete -c deploy-guard -f ${i} -a ${t}`);for(let[t,r]of u(n)){let a=O(r),h=r.switch?"":a!==void 0?` -x -a ${d(a.join(" "))}`:r.values==="path"?" -r -F":" -x",_=r.short===void 0?"":` -s ${r.short}`;e.push(`complete -c deploy-guard ${i} -l ${t}${_}${h} -d ${d(r.description)}`)}}return`# Completion of deploy-guard, printed by \`deploy-guard completion\`.
${e.join(`
`)}
`}function u(o){return Object.entries(f(o)).filter(([,e])=>e.input?.secret!==!0)}function O(o){return o.switch?void 0:o.choices}function d(o){return`'${o.replaceAll("'","'\\''")}'`}export{D as completion,g as completionScript};
