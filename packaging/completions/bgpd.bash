# Written by "deno task reference". Do not change this file by hand.

# Sets children, flags, valued, kinds and arguments for a command. kinds has a line "OPTION KIND" for each option that
# takes a value; arguments has a kind for each argument, with "..." behind one that takes all further words.
_bgpd_command() {
  children= flags= valued= kinds= arguments=()
  case $1 in
    'bgpd')
      children='run web check doctor init show top watch diff announce withdraw exabgp mcp peer policy reload restart sql backup mrt convert help'
      flags='-c --config -a --address -p --port --web -v --verbose -V --version -h --help'
      valued='-c --config -a --address -p --port --web'
      kinds='-c files
--config files
-a nothing
--address nothing
-p nothing
--port nothing
--web nothing'
      arguments=('files')
      ;;
    'bgpd run')
      flags='-c --config -a --address -p --port --web -v --verbose -h --help'
      valued='-c --config -a --address -p --port --web'
      kinds='-c files
--config files
-a nothing
--address nothing
-p nothing
--port nothing
--web nothing'
      arguments=('files')
      ;;
    'bgpd web')
      flags='-c --config -d --database -l --listen -v --verbose -h --help'
      valued='-c --config -d --database -l --listen'
      kinds='-c files
--config files
-d files
--database files
-l nothing
--listen nothing'
      ;;
    'bgpd check')
      flags='-c --config --keys --json -h --help'
      valued='-c --config'
      kinds='-c files
--config files'
      arguments=('files')
      ;;
    'bgpd doctor')
      flags='-c --config --json -h --help'
      valued='-c --config'
      kinds='-c files
--config files'
      arguments=('files')
      ;;
    'bgpd init')
      flags='--role --as --router-id --listen --peer --md5-file --database --force -h --help'
      valued='--role --as --router-id --listen --peer --md5-file --database'
      kinds='--role words:collector route-server reflector injector lab
--as nothing
--router-id nothing
--listen nothing
--peer peers
--md5-file files
--database files'
      arguments=('files')
      ;;
    'bgpd show')
      children='summary peers peer routes history advertised announcements routers router rpki roas'
      flags='-h --help'
      ;;
    'bgpd show summary')
      flags='-d --database -c --config --json -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      ;;
    'bgpd show peers')
      flags='--router -d --database -c --config --json --wide -h --help'
      valued='--router -d --database -c --config'
      kinds='--router nothing
-d files
--database files
-c files
--config files'
      arguments=('peers' 'words:detail')
      ;;
    'bgpd show peer')
      flags='-d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('peers' 'nothing')
      ;;
    'bgpd show routes')
      flags='--origin-as --as-path --community --peer --family --rd --rt --longer --best --rejected --ovs --avs --received --at --router --rib-kind --limit -d --database -c --config --json --wide -h --help'
      valued='--origin-as --as-path --community --peer --family --rd --rt --ovs --avs --at --router --rib-kind --limit -d --database -c --config'
      kinds='--origin-as nothing
--as-path nothing
--community nothing
--peer peers
--family families
--rd nothing
--rt nothing
--ovs nothing
--avs nothing
--at nothing
--router nothing
--rib-kind nothing
--limit nothing
-d files
--database files
-c files
--config files'
      arguments=('nothing...')
      ;;
    'bgpd show history')
      flags='--changes --peer --family --rd --limit -d --database -c --config --json --wide -h --help'
      valued='--peer --family --rd --limit -d --database -c --config'
      kinds='--peer peers
--family families
--rd nothing
--limit nothing
-d files
--database files
-c files
--config files'
      arguments=('nothing...')
      ;;
    'bgpd show advertised')
      flags='--all -d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('peers' 'nothing...')
      ;;
    'bgpd show announcements')
      flags='-d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('nothing...')
      ;;
    'bgpd show routers')
      flags='-d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      ;;
    'bgpd show router')
      flags='-d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('nothing')
      ;;
    'bgpd show rpki')
      flags='-d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      ;;
    'bgpd show roas')
      flags='--asn --limit -d --database -c --config --json --wide -h --help'
      valued='--asn --limit -d --database -c --config'
      kinds='--asn nothing
--limit nothing
-d files
--database files
-c files
--config files'
      arguments=('nothing')
      ;;
    'bgpd top')
      flags='--interval --once -d --database -c --config -h --help'
      valued='--interval -d --database -c --config'
      kinds='--interval nothing
-d files
--database files
-c files
--config files'
      ;;
    'bgpd watch')
      flags='--longer --peer --family --rd --origin-as --as --community --best --since --count --all -d --database -c --config --json -h --help'
      valued='--peer --family --rd --origin-as --as --community --since --count -d --database -c --config'
      kinds='--peer peers
--family families
--rd nothing
--origin-as nothing
--as nothing
--community nothing
--since nothing
--count nothing
-d files
--database files
-c files
--config files'
      arguments=('nothing...')
      ;;
    'bgpd diff')
      flags='--at --longer --peer --family --rd --origin-as --as --community --summary --limit -d --database -c --config --json -h --help'
      valued='--at --peer --family --rd --origin-as --as --community --limit -d --database -c --config'
      kinds='--at nothing
--peer peers
--family families
--rd nothing
--origin-as nothing
--as nothing
--community nothing
--limit nothing
-d files
--database files
-c files
--config files'
      arguments=('nothing...')
      ;;
    'bgpd announce')
      flags='-f --file --next-hop --as-path --origin --med --local-pref --community --large-community --ext-community --peer --for --until --comment --rd --label --family -m --matches -d --database -c --config --json -h --help'
      valued='-f --file --next-hop --as-path --origin --med --local-pref --community --large-community --ext-community --peer --for --until --comment --rd --label --family -m --matches -d --database -c --config'
      kinds='-f files
--file files
--next-hop nothing
--as-path nothing
--origin words:igp egp incomplete
--med nothing
--local-pref nothing
--community nothing
--large-community nothing
--ext-community nothing
--peer peers
--for nothing
--until nothing
--comment nothing
--rd nothing
--label nothing
--family families
-m nothing
--matches nothing
-d files
--database files
-c files
--config files'
      arguments=('words:next-hop as-path origin med local-pref community large-community ext-community peer for until comment rd label family...')
      ;;
    'bgpd withdraw')
      flags='-f --file --peer --rd --family -d --database -c --config --json -h --help'
      valued='-f --file --peer --rd --family -d --database -c --config'
      kinds='-f files
--file files
--peer peers
--rd nothing
--family families
-d files
--database files
-c files
--config files'
      arguments=('words:peer...')
      ;;
    'bgpd exabgp')
      flags='--pipe --name --encoder --api-version --events --peer --first --silence-ack --withdraw -d --database -c --config -h --help'
      valued='--pipe --name --encoder --api-version --events --peer --first -d --database -c --config'
      kinds='--pipe files
--name nothing
--encoder words:text json
--api-version words:4 5
--events words:update neighbor-changes open negotiated notification fsm
--peer peers
--first files
-d files
--database files
-c files
--config files'
      ;;
    'bgpd mcp')
      flags='-d --database -c --config --seconds --rows -h --help'
      valued='-d --database -c --config --seconds --rows'
      kinds='-d files
--database files
-c files
--config files
--seconds nothing
--rows nothing'
      ;;
    'bgpd peer')
      children='add remove list config enable disable reset refresh'
      flags='-h --help'
      ;;
    'bgpd peer add')
      flags='--name --interface --remote-as --group --set --replace -d --database -c --config --json -h --help'
      valued='--name --interface --remote-as --group --set -d --database -c --config'
      kinds='--name nothing
--interface nothing
--remote-as nothing
--group nothing
--set nothing
-d files
--database files
-c files
--config files'
      arguments=('nothing')
      ;;
    'bgpd peer remove')
      flags='-d --database -c --config --json -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('peers')
      ;;
    'bgpd peer list')
      flags='-d --database -c --config --json --wide -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      ;;
    'bgpd peer config')
      flags='-d --database -c --config --json -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('peers')
      ;;
    'bgpd peer enable')
      flags='-d --database -c --config --json -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('peers')
      ;;
    'bgpd peer disable')
      flags='-m --message --graceful --wait -d --database -c --config --json -h --help'
      valued='-m --message --wait -d --database -c --config'
      kinds='-m nothing
--message nothing
--wait nothing
-d files
--database files
-c files
--config files'
      arguments=('peers')
      ;;
    'bgpd peer reset')
      flags='-m --message --graceful -d --database -c --config --json -h --help'
      valued='-m --message -d --database -c --config'
      kinds='-m nothing
--message nothing
-d files
--database files
-c files
--config files'
      arguments=('peers')
      ;;
    'bgpd peer refresh')
      flags='--in --out -d --database -c --config --json -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('peers')
      ;;
    'bgpd policy')
      children='test diff effect'
      flags='-h --help'
      ;;
    'bgpd policy test')
      flags='--next-hop --as-path --origin --med --local-pref --community --large-community --ext-community --peer --export --from --with-vrps -c --config -d --database --json -h --help'
      valued='--next-hop --as-path --origin --med --local-pref --community --large-community --ext-community --peer --from --with-vrps -c --config -d --database'
      kinds='--next-hop nothing
--as-path nothing
--origin words:igp egp incomplete
--med nothing
--local-pref nothing
--community nothing
--large-community nothing
--ext-community nothing
--peer peers
--from peers
--with-vrps files
-c files
--config files
-d files
--database files'
      arguments=('nothing' 'words:next-hop as-path origin med local-pref community large-community ext-community peer for until comment rd label family...')
      ;;
    'bgpd policy diff')
      flags='--peer --limit -c --config -d --database --json --wide -h --help'
      valued='--peer --limit -c --config -d --database'
      kinds='--peer peers
--limit nothing
-c files
--config files
-d files
--database files'
      arguments=('files')
      ;;
    'bgpd policy effect')
      flags='--router --peer -d --database -c --config --json --wide -h --help'
      valued='--router --peer -d --database -c --config'
      kinds='--router nothing
--peer peers
-d files
--database files
-c files
--config files'
      ;;
    'bgpd reload')
      flags='--dry-run -d --database -c --config --json -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      ;;
    'bgpd restart')
      flags='--wait -d --database -c --config --json -h --help'
      valued='--wait -d --database -c --config'
      kinds='--wait nothing
-d files
--database files
-c files
--config files'
      ;;
    'bgpd sql')
      flags='-d --database -c --config --json --mode --header --wide -h --help'
      valued='-d --database -c --config --mode'
      kinds='-d files
--database files
-c files
--config files
--mode words:table list csv json'
      arguments=('nothing')
      ;;
    'bgpd backup')
      flags='-d --database -c --config -h --help'
      valued='-d --database -c --config'
      kinds='-d files
--database files
-c files
--config files'
      arguments=('files')
      ;;
    'bgpd mrt')
      children='show replay import export'
      flags='-h --help'
      ;;
    'bgpd mrt show')
      flags='--peer --peers -h --help'
      valued='--peer'
      kinds='--peer nothing'
      arguments=('files')
      ;;
    'bgpd mrt replay')
      flags='--to --from --peer --as --router-id --rate --realtime --hold --stay -h --help'
      valued='--to --from --peer --as --router-id --rate --hold'
      kinds='--to nothing
--from nothing
--peer nothing
--as nothing
--router-id nothing
--rate nothing
--hold nothing'
      arguments=('files')
      ;;
    'bgpd mrt import')
      flags='-d --database --peer -h --help'
      valued='-d --database --peer'
      kinds='-d files
--database files
--peer nothing'
      arguments=('files')
      ;;
    'bgpd mrt export')
      flags='--peer --at --updates --from --to -d --database -c --config -h --help'
      valued='--peer --at --from --to -d --database -c --config'
      kinds='--peer peers
--at nothing
--from nothing
--to nothing
-d files
--database files
-c files
--config files'
      arguments=('files')
      ;;
    'bgpd convert')
      children='bird frr exabgp'
      flags='-h --help'
      ;;
    'bgpd convert bird')
      flags='--secrets -h --help'
      valued='--secrets'
      kinds='--secrets folders'
      arguments=('files')
      ;;
    'bgpd convert frr')
      flags='--secrets -h --help'
      valued='--secrets'
      kinds='--secrets folders'
      arguments=('files')
      ;;
    'bgpd convert exabgp')
      flags='--secrets -h --help'
      valued='--secrets'
      kinds='--secrets folders'
      arguments=('files')
      ;;
    'bgpd help')
      flags='-h --help'
      arguments=('words:run web check doctor init show top watch diff announce withdraw exabgp mcp peer policy reload restart sql backup mrt convert')
      ;;
  esac
}

# Prints the command that a word stands for; fails if it stands for none.
_bgpd_child() {
  case "$1 $2" in
    'bgpd run') echo run ;;
    'bgpd web') echo web ;;
    'bgpd check') echo check ;;
    'bgpd doctor') echo doctor ;;
    'bgpd init') echo init ;;
    'bgpd show' | 'bgpd s') echo show ;;
    'bgpd top') echo top ;;
    'bgpd watch') echo watch ;;
    'bgpd diff') echo diff ;;
    'bgpd announce' | 'bgpd advertise') echo announce ;;
    'bgpd withdraw') echo withdraw ;;
    'bgpd exabgp') echo exabgp ;;
    'bgpd mcp') echo mcp ;;
    'bgpd peer') echo peer ;;
    'bgpd policy') echo policy ;;
    'bgpd reload') echo reload ;;
    'bgpd restart') echo restart ;;
    'bgpd sql') echo sql ;;
    'bgpd backup') echo backup ;;
    'bgpd mrt') echo mrt ;;
    'bgpd convert') echo convert ;;
    'bgpd help') echo help ;;
    'bgpd show summary' | 'bgpd show sum') echo summary ;;
    'bgpd show peers' | 'bgpd show neighbors' | 'bgpd show neighbours' | 'bgpd show n') echo peers ;;
    'bgpd show peer' | 'bgpd show neighbor' | 'bgpd show neighbour') echo peer ;;
    'bgpd show routes' | 'bgpd show route' | 'bgpd show r') echo routes ;;
    'bgpd show history') echo history ;;
    'bgpd show advertised' | 'bgpd show adj-rib-out') echo advertised ;;
    'bgpd show announcements' | 'bgpd show announcement' | 'bgpd show originated') echo announcements ;;
    'bgpd show routers') echo routers ;;
    'bgpd show router') echo router ;;
    'bgpd show rpki') echo rpki ;;
    'bgpd show roas' | 'bgpd show roa' | 'bgpd show vrps' | 'bgpd show vrp') echo roas ;;
    'bgpd peer add') echo add ;;
    'bgpd peer remove') echo remove ;;
    'bgpd peer list') echo list ;;
    'bgpd peer config') echo config ;;
    'bgpd peer enable') echo enable ;;
    'bgpd peer disable') echo disable ;;
    'bgpd peer reset') echo reset ;;
    'bgpd peer refresh') echo refresh ;;
    'bgpd policy test') echo test ;;
    'bgpd policy diff') echo diff ;;
    'bgpd policy effect') echo effect ;;
    'bgpd mrt show') echo show ;;
    'bgpd mrt replay') echo replay ;;
    'bgpd mrt import') echo import ;;
    'bgpd mrt export') echo export ;;
    'bgpd convert bird') echo bird ;;
    'bgpd convert frr') echo frr ;;
    'bgpd convert exabgp') echo exabgp ;;
    *) return 1 ;;
  esac
}

# Prints the words of a kind, one on each line.
_bgpd_words() {
  local IFS=' '
  case $1 in
    peers) "${words[0]}" show peers --json "${database[@]}" 2>/dev/null | sed -n 's/^ *{"peer":"\([^"]*\)".*/\1/p' ;;
    families) printf '%s\n' 'ipv4 unicast' 'ipv6 unicast' 'ipv4 multicast' 'ipv6 multicast' 'ipv4 labeled' 'ipv6 labeled' 'ipv4 vpn' 'ipv6 vpn' 'ipv4 flowspec' 'ipv6 flowspec' 'ipv4 flowspec-vpn' 'ipv6 flowspec-vpn' 'evpn' 'rtc' 'vpls' 'ipv4 mvpn' 'ipv6 mvpn' 'bgp-ls' 'bgp-ls vpn' 'ipv4 sr-policy' 'ipv6 sr-policy' 'ipv4 mup' 'ipv6 mup' ;;
    # shellcheck disable=SC2086
    words:*) printf '%s\n' ${1#words:} ;;
  esac
}

# Sets COMPREPLY: the words of a kind that begin with what is typed. "files+a b": files, and the words a and b.
_bgpd_reply() {
  local kind=${1%%+*} more= cur=$2 candidate IFS=$'\n'
  [[ $1 == *+* ]] && more="words:${1#*+}"
  COMPREPLY=()
  for candidate in $(_bgpd_words "$kind") $(_bgpd_words "$more"); do
    [[ $candidate == "$cur"* ]] && COMPREPLY+=("$(printf %q "$candidate")")
  done
  case $kind in
    files) COMPREPLY+=($(compgen -f -- "$cur")) && compopt -o filenames 2>/dev/null ;;
    folders) COMPREPLY+=($(compgen -d -- "$cur")) && compopt -o filenames 2>/dev/null ;;
  esac
  # Readline replaces only what stands behind the last colon or equals sign.
  local done=${cur%"${cur##*[:=]}"}
  [[ $COMP_WORDBREAKS == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"$done"}")
}

_bgpd() {
  # The words up to the cursor. COMP_WORDS would break an IPv6 address at each colon. "\ " is part of a word.
  local line=${COMP_LINE:0:COMP_POINT} words database=() blank=$'\x01'
  line=${line//'\ '/$blank}
  read -rd '' -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  words=("${words[@]//$blank/ }")
  local cur=${words[-1]} previous=${words[-2]} path=bgpd at=0 i word child kind=
  local children flags valued kinds arguments
  _bgpd_command "$path"
  for ((i = 1; i < ${#words[@]} - 1; i++)); do
    word=${words[i]}
    case $word in
      -c | --config | -d | --database) database=("$word" "${words[i + 1]}") ;;
      --config=* | --database=*) database=("$word") ;;
    esac
    if [[ $word == -* ]]; then
      [[ " $valued " == *" $word "* ]] && ((i++))
    elif ((at == 0)) && child=$(_bgpd_child "$path" "$word"); then
      path="$path $child"
      _bgpd_command "$path"
    else
      ((at++))
    fi
  done
  local last=$((${#arguments[@]} - 1))
  ((last >= 0 && at > last)) && [[ ${arguments[last]} == *... ]] && at=$last
  if [[ " $valued " == *" $previous "* ]]; then
    kind=$(sed -n "s/^$previous //p" <<<"$kinds")
  elif [[ $cur == --*=* ]]; then
    kind=$(sed -n "s/^${cur%%=*} //p" <<<"$kinds")
    cur=${cur#*=}
  elif [[ $cur == -* ]]; then
    kind="words:$flags"
  elif [[ $previous == peer && ${arguments[at]} == words:*peer* ]]; then
    kind=peers
  else
    kind=${arguments[at]%...}
    ((at == 0)) && [[ -n $children ]] && kind="$kind+$children"
  fi
  _bgpd_reply "$kind" "$cur"
}

# Packages also install the program as bgpd-sql.
complete -F _bgpd bgpd bgpd-sql
