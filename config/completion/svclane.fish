# Completion of svclane for fish. To load it:  svclane completion fish | source
# svclane itself knows what may stand where: it is asked each time, and asks the daemon for at most half a second.

function __svclane_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' "$HOME" -- $words[1])
    set -e words[1]

    set -l directive 4
    set -l found 0
    for line in ($program __complete -- $words "$current" 2>/dev/null)
        if string match -qr '^:[0-9]+$' -- "$line"
            set directive (string sub -s 2 -- "$line")
        else if test -n "$line"
            set found 1
            printf '%s\n' "$line"
        end
    end

    # A file, which fish knows best; behind --option= too.
    if test $found -eq 0 -a $directive -eq 0
        set -l option (string match -r '^--[^=]+=' -- "$current")
        for path in (__fish_complete_path (string replace -r '^--[^=]+=' '' -- "$current"))
            printf '%s\n' "$option$path"
        end
    end
end

complete -c svclane -f -a '(__svclane_complete)'
