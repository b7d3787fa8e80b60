<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
    <context>
        <name>FitCard</name>
        <message numerus="yes">
            <source>converged, %n step(s)</source>
            <translation>
                <numerusform>converged, %n step</numerusform>
                <numerusform>converged, %n steps</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>not converged, %n step(s)</source>
            <translation>
                <numerusform>not converged, %n step</numerusform>
                <numerusform>not converged, %n steps</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>LimitsCard</name>
        <message numerus="yes">
            <source>%n exceeded</source>
            <translation>
                <numerusform>%n exceeded</numerusform>
                <numerusform>%n exceeded</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>PassportPanel</name>
        <message numerus="yes">
            <source>{0} pulse(s)</source>
            <translation>
                <numerusform>{0} pulse</numerusform>
                <numerusform>{0} pulses</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>{0} run(s)</source>
            <translation>
                <numerusform>{0} run</numerusform>
                <numerusform>{0} runs</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>ProtocolCard</name>
        <message numerus="yes">
            <source>%n not valid</source>
            <translation>
                <numerusform>%n not valid</numerusform>
                <numerusform>%n not valid</numerusform>
            </translation>
        </message>
        <message numerus="yes">
            <source>%n warning(s)</source>
            <translation>
                <numerusform>%n warning</numerusform>
                <numerusform>%n warnings</numerusform>
            </translation>
        </message>
    </context>
    <context>
        <name>Window</name>
        <message numerus="yes">
            <source>%n run(s) of the queue would be dropped.</source>
            <translation>
                <numerusform>%n run of the queue would be dropped.</numerusform>
                <numerusform>%n runs of the queue would be dropped.</numerusform>
            </translation>
        </message>
    </context>
</TS>
